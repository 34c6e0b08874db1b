#include "common/yaml_document.h"

#include <yaml-cpp/eventhandler.h>

#include <sstream>

#include "common/error.h"

namespace escalate {
namespace {

/// Lets a document go by.
class Nobody final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

}  // namespace

YAML::Node yaml_document(const std::string& text, const std::string& name) {
  try {
    std::istringstream in(text);
    YAML::Parser parser(in);
    Nobody nobody;
    // Documents are read one at a time: from a text such as ", a" the parser does not go on.
    if (parser.HandleNextDocument(nobody) && parser.HandleNextDocument(nobody)) {
      throw UserError({name, 0, ""}, "expected one YAML document and nothing after it");
    }
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    throw UserError({name, error.mark.line + 1, ""}, "malformed YAML: " + error.msg);
  }
}

std::string yaml_key(const YAML::Node& key, const std::string& name) {
  if (!key.IsScalar()) {
    throw UserError({name, key.Mark().line + 1, ""}, "expected a word as key");
  }
  return key.Scalar();
}

}  // namespace escalate
