#include "apps/result_output.h"

#include "report/documents.h"
#include "report/html_page.h"

namespace escalate {

const FileForms& result_forms() {
  static const FileForms kForms = {FileForm::kJson, FileForm::kHtml, FileForm::kCsv,
                                   FileForm::kMarkdown};
  return kForms;
}

Documents result_documents(const Result& result, const std::string& path) {
  const auto results = [&result, path] { return labelled({result}, {path}); };
  return {{FileForm::kJson, [&result] { return json_document(result_to_json(result)); }},
          {FileForm::kHtml, [results] { return html_page(results()); }},
          {FileForm::kCsv, [results] { return csv_document(results()); }},
          {FileForm::kMarkdown, [results] { return markdown_document(results()); }}};
}

}  // namespace escalate
