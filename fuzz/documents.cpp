// JSON: results, comparisons and sweeps as reports read them, task files and records of sweeps.
#include "report/documents.h"

#include "common/error.h"
#include "fuzz/memory_file.h"
#include "fuzz/mutations.h"
#include "fuzz/targets.h"
#include "report/html_page.h"
#include "report/labelled_result.h"
#include "report/result.h"
#include "report/sweep_document.h"
#include "sweep/digest.h"
#include "sweep/task_file.h"

namespace escalate {
namespace {

void read_document(const std::string& bytes) {
  Json json = parse_json(bytes, "fuzz.json");
  if (json.is_object() && json.contains("schema") && json["schema"] == kSweepDocumentSchema) {
    check_sweep(json, "fuzz.json");
    const LabelledSweep sweep{"fuzz", std::move(json)};
    sweep_table(sweep.sweep, SweepPoints::kAll).csv();
    markdown_document(sweep);
    html_page({}, {sweep});
    return;
  }
  const Result result = result_from_json(json, "fuzz.json");
  const Json again = result_to_json(result);
  ensure(result_to_json(result_from_json(again, "again.json")) == again,
         "a result comes back from its file");
  const auto results = labelled({result, result}, {"a.json", "b.json"});
  csv_document(results);
  markdown_document(results);
  terminal_document(results, true, {});
  html_page(results);
}

void read_task(const std::string& bytes) {
  const MemoryFile file(bytes);
  read_task_file(file.path());
}

// Lines of records; their checksums are made right.
void read_records(const std::string& bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    const std::string content = bytes.substr(at, end - at);
    text += checksum_of({content}) + " " + content + "\n";
    at = end + 1;
  }
  records_of_lines(text);
  records_of_lines(bytes);
}

// Whatever JSON is taken is written and read again as it was.
void read_any_json(const std::string& bytes) {
  const Json json = parse_json(bytes, "fuzz.json");
  ensure(parse_json(json.dump(), "again.json").dump() == json.dump(), "JSON comes back from text");
  std::string packed;
  Json::to_msgpack(json, packed);
  ensure(parse_msgpack(packed, "again").dump() == json.dump(), "JSON comes back from MessagePack");
}

}  // namespace

FuzzTarget result_target() {
  return {"result", "a result or sweep, and every report of it", run<read_document>, mutated_json};
}

FuzzTarget sweep_task_target() {
  return {"sweep_task", "the task file of a sweep's worker", run<read_task>, mutated_json};
}

FuzzTarget sweep_records_target() {
  return {"sweep_records", "the records that workers of a sweep leave", run<read_records>,
          mutated_json};
}

FuzzTarget json_target() {
  return {"json", "any JSON, written and read again", run<read_any_json>, mutated_json};
}

}  // namespace escalate
