#include "common/yaml_document.h"

#include <yaml-cpp/eventhandler.h>

#include <sstream>

#include "common/error.h"

namespace escalate {
namespace {

/// Lets a document go by, but for aliases that are refused.
class Passage final : public YAML::EventHandler {
 public:
  explicit Passage(YamlAliases aliases) : aliases_(aliases) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    if (aliases_ == YamlAliases::kRefused) {
      throw YAML::ParserException(mark, "aliases (*name) are not taken here");
    }
  }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  YamlAliases aliases_;
};

}  // namespace

YAML::Node yaml_document(const std::string& text, const std::string& name, YamlAliases aliases) {
  try {
    std::istringstream in(text);
    YAML::Parser parser(in);
    Passage passage(aliases);
    // Documents are read one at a time: from a text such as ", a" the parser does not go on.
    if (parser.HandleNextDocument(passage) && parser.HandleNextDocument(passage)) {
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
