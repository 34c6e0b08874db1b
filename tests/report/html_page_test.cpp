#include "report/html_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include "common/atomic_file.h"
#include "tests/report/example_result.h"
#include "tests/report/example_sweep.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string page_of(const Result& result) { return html_page({{"example", result}}); }

/// What stands between `open` and the next `close`, from the first `open` on.
std::string between(const std::string& text, const std::string& open, const std::string& close) {
  const std::size_t begin = text.find(open);
  if (begin == std::string::npos) return "";
  const std::size_t end = text.find(close, begin + open.size());
  return text.substr(begin + open.size(), end - begin - open.size());
}

Json data_of(const std::string& page) {
  return Json::parse(between(page, R"(<script type="application/json" id="data">)", "</script>"));
}

/// The page without the contents of its scripts, styles and comments.
std::string markup_of(std::string page) {
  const auto cut = [&](const std::string& open, const std::string& close) {
    for (std::size_t at = page.find(open); at != std::string::npos; at = page.find(open, at + 1)) {
      const std::size_t begin = page.find('>', at) + 1;
      page.erase(begin, page.find(close, begin) - begin);
    }
  };
  cut("<script", "</script>");
  cut("<style", "</style>");
  const std::size_t comment = page.find("<!--");
  page.erase(comment, page.find("-->", comment) + 3 - comment);
  return page;
}

TEST(HtmlPage, HoldsTheWholeResult) {
  const Result result = charged_example();
  EXPECT_EQ(result_from_json(data_of(page_of(result)).at("results").at(0), "page"), result);
}

TEST(HtmlPage, ClosesEveryElementThatItOpens) {
  static const std::set<std::string> kVoid = {"meta", "link", "br", "input"};
  const std::string markup = markup_of(page_of(charged_example()));
  static const std::regex kTag(R"(<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^<>"]|"[^"]*")*)>)");
  std::vector<std::string> open;
  for (auto tag = std::sregex_iterator(markup.begin(), markup.end(), kTag);
       tag != std::sregex_iterator(); ++tag) {
    const std::string name = (*tag)[2];
    if (kVoid.count(name) > 0) continue;
    if ((*tag)[1].length() == 0) {
      open.push_back(name);
      continue;
    }
    ASSERT_FALSE(open.empty()) << "</" << name << ">";
    ASSERT_EQ(open.back(), name);
    open.pop_back();
  }
  EXPECT_TRUE(open.empty());
  // No "<" is left that is no tag.
  EXPECT_EQ(std::regex_replace(markup, kTag, "").find('<'), markup.find("<!DOCTYPE") == 0 ? 0 : 1);
}

const std::filesystem::path kModules =
    std::filesystem::path(source_folder()) / "report/assets/page";

std::string page_script() {
  std::string script;
  for (const auto& file : std::filesystem::directory_iterator(kModules)) {
    if (file.path().extension() == ".js") script += read_file(file.path().string());
  }
  return script;
}

TEST(HtmlPage, HasEachModuleOnceAndBehindThoseThatItImports) {
  const std::string frame = read_file(source_folder() + "/report/assets/page.html");
  std::set<std::string> before;
  static const std::regex kModule(R"(\{\{module ([a-z_]+\.js)\}\})");
  static const std::regex kFrom(R"re(from "\./([a-z_]+\.js)")re");
  for (auto module = std::sregex_iterator(frame.begin(), frame.end(), kModule);
       module != std::sregex_iterator(); ++module) {
    const std::string name = (*module)[1];
    const std::string text = read_file((kModules / name).string());
    for (auto from = std::sregex_iterator(text.begin(), text.end(), kFrom);
         from != std::sregex_iterator(); ++from) {
      EXPECT_EQ(before.count((*from)[1]), 1U) << name << " imports " << (*from)[1];
    }
    EXPECT_TRUE(before.insert(name).second) << name;
  }
  for (const auto& file : std::filesystem::directory_iterator(kModules)) {
    if (file.path().extension() != ".js") continue;
    EXPECT_EQ(before.count(file.path().filename().string()), 1U) << file.path();
  }
}

TEST(HtmlPage, HasNoNameTwiceInItsModulesWhichShareOneScript) {
  static const std::regex kName(R"((?:^|\n)(?:export )?(?:async )?(?:function|const|let) (\w+))");
  const std::string script = page_script();
  std::set<std::string> names;
  for (auto name = std::sregex_iterator(script.begin(), script.end(), kName);
       name != std::sregex_iterator(); ++name) {
    EXPECT_TRUE(names.insert((*name)[1]).second) << (*name)[1];
  }
  EXPECT_GT(names.size(), 60U);
}

/// A file of tests of the page's modules, which Node.js runs.
class PageModule : public testing::TestWithParam<std::string> {};

TEST_P(PageModule, DoesAsItsTestsSay) {
  if (std::system("node --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "node is not there";
  const std::string file = source_folder() + "/tests/report/page/" + GetParam() + "_test.mjs";
  EXPECT_EQ(std::system(("node " + file).c_str()), 0);
}

INSTANTIATE_TEST_SUITE_P(Page, PageModule,
                         testing::Values("text", "charts", "colours", "layers", "energy",
                                         "comparison", "sweep"),
                         [](const auto& test) { return test.param; });

TEST(HtmlPage, HasEveryElementThatItsScriptAsksForOnce) {
  const std::string page = page_of(charged_example());
  const std::string markup = markup_of(page);
  std::set<std::string> ids;
  static const std::regex kId(R"re(id="([^"]+)")re");
  for (auto id = std::sregex_iterator(markup.begin(), markup.end(), kId);
       id != std::sregex_iterator(); ++id) {
    EXPECT_TRUE(ids.insert((*id)[1]).second) << (*id)[1];
  }
  const std::string script = page_script();
  static const std::regex kUse(R"re((?:byId|draw)\("([^"]+)")re");
  int uses = 0;
  for (auto use = std::sregex_iterator(script.begin(), script.end(), kUse);
       use != std::sregex_iterator(); ++use, ++uses) {
    EXPECT_EQ(ids.count((*use)[1]), 1u) << (*use)[1];
  }
  EXPECT_GT(uses, 15);
}

TEST(HtmlPage, LoadsNothing) {
  const std::string markup = markup_of(page_of(charged_example()));
  EXPECT_THAT(markup, AllOf(Not(HasSubstr("src=")), Not(HasSubstr("http:")),
                            Not(HasSubstr("https:")), Not(HasSubstr("url("))));
  EXPECT_THAT(markup, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page_of(charged_example()), Not(HasSubstr("sourceMappingURL")));
}

TEST(HtmlPage, CarriesTheLicencesOfItsCharts) {
  EXPECT_THAT(page_of(charged_example()), HasSubstr("Mike Bostock"));
  EXPECT_THAT(page_of(charged_example()),
              HasSubstr("University of Washington Interactive Data Lab"));
}

TEST(HtmlPage, LetsNoTextBecomeMarkup) {
  const std::string attack = "</script><img src=x onerror=alert(1)><!--<script>&\"'";
  Result result = charged_example();
  result.network = result.accelerator = result.view = attack;
  result.layers[0].name = result.layers[0].kind = result.layers[0].bound_by = attack;
  result.layers[0].counters[attack] = 1;
  result.layers[0].density[attack] = 1;
  result.config[attack] = attack;
  result.energy_table[0].basis = attack;
  const std::string page = html_page({{attack, result}});
  EXPECT_EQ(page.find("<img src=x"), std::string::npos);
  EXPECT_EQ(markup_of(page), markup_of(page_of(charged_example())));
  EXPECT_EQ(data_of(page).at("results").at(0).at("label"), attack);
  EXPECT_EQ(result_from_json(data_of(page).at("results").at(0), "page"), result);
}

TEST(HtmlPage, NeverBuildsMarkupFromTexts) {
  const std::string script = page_script();
  for (const char* way :
       {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("}) {
    EXPECT_THAT(script, Not(HasSubstr(way)));
  }
}

TEST(HtmlPage, StandsBytesThatAreNoText) {
  Result result = charged_example();
  result.layers[0].name = "\xff\xfe";
  EXPECT_EQ(data_of(page_of(result)).at("results").at(0).at("layers").at(0).at("name"),
            "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(HtmlPage, KnowsWhichResultsDidTheSameWork) {
  Result small = charged_example(3);
  small.source.file = "small.onnx";
  const Json data =
      data_of(html_page(labelled({charged_example(), small, charged_example()}, {"a", "b", "c"})));
  const Json& results = data.at("results");
  EXPECT_EQ(results.at(0).at("work"), results.at(2).at("work"));
  EXPECT_NE(results.at(0).at("work"), results.at(1).at("work"));
  EXPECT_EQ(results.at(1).at("title"), "made-up (small.onnx)");
  ASSERT_EQ(data.at("remarks").size(), 2u);
  EXPECT_THAT(data.at("remarks").at(0).get<std::string>(), HasSubstr("2 kinds of work"));
  EXPECT_THAT(data.at("remarks").at(1).get<std::string>(), HasSubstr("is not divided by"));
}

TEST(HtmlPage, ExplainsTheParametersItKnows) {
  const Json data = data_of(page_of(charged_example()));
  const Json& parameters = data.at("results").at(0).at("parameters");
  EXPECT_GT(parameters.size(), 40u);
  for (const Json& parameter : parameters) {
    EXPECT_NE(parameter.at("meaning"), "") << parameter.at("name");
    EXPECT_NE(parameter.at("source"), "") << parameter.at("name");
  }
}

TEST(HtmlPage, HasScriptsThatAreJavaScript) {
  if (std::system("node --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "node is not there";
  const TemporaryFolder folder;
  const std::string page = page_of(charged_example());
  int number = 0;
  for (std::size_t at = page.find("<script>"); at != std::string::npos;
       at = page.find("<script>", at + 1)) {
    const std::size_t end = page.find("</script>", at);
    const std::string file =
        folder.write(std::to_string(number++) + ".js", page.substr(at + 8, end - at - 8));
    EXPECT_EQ(std::system(("node --check " + file).c_str()), 0);
  }
  EXPECT_EQ(number, 4);
}

TEST(HtmlPage, HoldsTheSweepsUnderTheirLabels) {
  const Json data = data_of(html_page({}, {{"mine", example_sweep(2)}}));
  EXPECT_EQ(data.at("sweeps").at(0).at("label"), "mine");
  EXPECT_EQ(data.at("sweeps").at(0).at("points"), example_sweep(2).at("points"));
  EXPECT_TRUE(data.at("results").empty());
}

/// What Chromium makes of a page, with `script` run in it once the charts are drawn; "" if there is
/// no Chromium. `log` gets what the page wrote to the console.
std::string dom_of(std::string page, const std::string& script, std::string& log) {
  const TemporaryFolder folder;
  const std::string run = "<script>setTimeout(() => {" + script + "}, 4000);</script></body>";
  page.replace(page.rfind("</body>"), 7, run);
  write_file(folder.file("page.html"), page);
  const std::string command =
      "timeout 120 chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=9000 "
      "--window-size=1300,900 --enable-logging=stderr --dump-dom file://" +
      folder.file("page.html") + " > " + folder.file("dom") + " 2> " + folder.file("log");
  EXPECT_EQ(std::system(command.c_str()), 0);
  log = read_file(folder.file("log"));
  return read_file(folder.file("dom"));
}

bool has_chromium() { return std::system("chromium --version > /dev/null 2>&1") == 0; }

/// Bytes of the PDF that Chromium prints of the page.
std::uintmax_t bytes_of_print(const std::string& page) {
  const TemporaryFolder folder;
  write_file(folder.file("page.html"), page);
  const std::string command =
      "timeout 120 chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=9000 "
      "--print-to-pdf=" +
      folder.file("page.pdf") + " file://" + folder.file("page.html") + " > /dev/null 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0);
  return std::filesystem::file_size(folder.file("page.pdf"));
}

std::set<std::string> drawn_charts(const std::string& dom) {
  static const std::regex kChart("<div id=\"(chart-[a-z-]+)\" class=\"([^\"]*)\"[^>]*><svg ");
  std::set<std::string> drawn;
  for (auto chart = std::sregex_iterator(dom.begin(), dom.end(), kChart);
       chart != std::sregex_iterator(); ++chart) {
    drawn.insert((*chart)[1]);
  }
  return drawn;
}

std::set<std::string> places_of_charts() {
  const std::string frame = read_file(source_folder() + "/report/assets/page.html");
  static const std::regex kPlace("id=\"(chart-[a-z-]+)\"");
  std::set<std::string> places;
  for (auto place = std::sregex_iterator(frame.begin(), frame.end(), kPlace);
       place != std::sregex_iterator(); ++place) {
    places.insert((*place)[1]);
  }
  return places;
}

/// Writes what a reader sees into <p id="seen"> lines: a bar's tooltip, what a click on a layer and
/// the arrow keys do, the other theme, a point of the sweep's front, what saving a chart makes.
constexpr const char* kUseThePage = R"(
  const seen = (name, text) => {
    const line = document.createElement('p');
    line.className = 'seen';
    line.textContent = name + ': ' + text;
    document.body.appendChild(line);
  };
  const bar = document.querySelector('#chart-cycles .mark-rect path');
  const box = bar.getBoundingClientRect();
  const at = { bubbles: true, clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, view: window };
  for (const type of ['pointerover', 'mouseover', 'pointermove', 'mousemove']) {
    bar.dispatchEvent(new (type.startsWith('p') ? PointerEvent : MouseEvent)(type, at));
  }
  const tip = document.getElementById('vg-tooltip-element');
  seen('tooltip', tip && tip.classList.contains('visible') ? tip.textContent : 'none');
  for (const type of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click']) {
    bar.dispatchEvent(new (type.startsWith('p') ? PointerEvent : MouseEvent)(type, at));
  }
  seen('after bar', document.querySelector('#layer-detail h3')?.textContent);
  const buttons = document.querySelectorAll('#layer-table tbody button');
  buttons[1].focus();
  buttons[1].dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
  seen('focus', document.activeElement.textContent);
  document.activeElement.click();
  seen('after key', document.querySelector('#layer-detail h3')?.textContent);
  document.getElementById('theme').click();
  seen('theme', document.documentElement.dataset.theme);
  document.querySelector('#sweep-front tbody button').click();
  seen('chosen points', document.querySelectorAll('#sweep-front tr.chosen').length);
  seen('headings without a meaning', [...document.querySelectorAll('main th')].filter((th) => !th.title)
    .map((th) => th.textContent).join(', ') || 'none');
  dispatchEvent(new Event('beforeprint'));
  seen('closed in print', document.querySelectorAll('main details:not([open])').length);
  seen('patterns', document.querySelectorAll('.patterns pattern[id^=chart-energy-]').length);
  URL.createObjectURL = (blob) => {
    blob.text().then((text) => {
      const saved = new DOMParser().parseFromString(text, 'image/svg+xml');
      const fills = [...saved.querySelectorAll('path[fill^="url(#"]')].map((path) => path.getAttribute('fill').slice(5, -1));
      seen('patterns that a saved chart uses', new Set(fills.filter((id) => saved.getElementById(id))).size);
      seen('patterns that it lacks', fills.filter((id) => !saved.getElementById(id)).length);
    });
    return 'data:,';
  };
  // Once the charts of the other theme are there.
  setTimeout(() => {
    dispatchEvent(new Event('beforeprint'));
    seen('hatched bars', document.querySelectorAll('#chart-energy .mark-rect path.hatch').length);
    dispatchEvent(new Event('afterprint'));
    seen('hatched after print', document.querySelectorAll('.hatch').length);
    document.querySelector('#chart-energy').parentElement.querySelector('button.save').click();
  }, 2000);
  seen('images', document.querySelectorAll('main img').length + ' ' + (window.attacked || 'quiet'));
)";

std::string seen(const std::string& dom, const std::string& name) {
  return between(dom, "<p class=\"seen\">" + name + ": ", "</p>");
}

TEST(PageInChromium, PrintsItsPatternsAsLinesAndNotAsImages) {
  if (!has_chromium()) GTEST_SKIP() << "no chromium";
  const std::uintmax_t bytes = bytes_of_print(html_page(
      {{"a", charged_example(20)}, {"b", charged_example(3)}}, {{"sweep", example_sweep(2)}}));
  EXPECT_GT(bytes, 100U << 10);
  EXPECT_LT(bytes, 4U << 20);  // of a real network, images took thirty
}

TEST(PageInChromium, DrawsEveryChartAndAnswersMouseAndKeys) {
  if (!has_chromium()) GTEST_SKIP() << "no chromium";
  std::string log;
  const std::string dom = dom_of(html_page({{"a", charged_example(20)}, {"b", charged_example(3)}},
                                           {{"sweep", example_sweep(2)}}),
                                 kUseThePage, log);
  EXPECT_EQ(log.find("CONSOLE"), std::string::npos) << log;
  EXPECT_EQ(drawn_charts(dom), places_of_charts());
  EXPECT_THAT(seen(dom, "tooltip"), AllOf(HasSubstr("layer"), HasSubstr("cycles")));
  EXPECT_THAT(seen(dom, "after bar"), HasSubstr("conv1: "));
  EXPECT_EQ(seen(dom, "focus"), charged_example(20).layers.at(2).name);
  EXPECT_THAT(seen(dom, "after key"), HasSubstr(charged_example(20).layers.at(2).name + ": "));
  EXPECT_EQ(seen(dom, "theme"), "dark");
  EXPECT_EQ(seen(dom, "chosen points"), "1");
  EXPECT_EQ(seen(dom, "headings without a meaning"), "none");
  EXPECT_EQ(seen(dom, "closed in print"), "0");
  EXPECT_GE(std::stoi("0" + seen(dom, "patterns")), 2) << "in grey, too, bars can be told apart";
  EXPECT_GE(std::stoi("0" + seen(dom, "hatched bars")), 20);
  EXPECT_EQ(seen(dom, "hatched after print"), "0");
  EXPECT_GE(std::stoi("0" + seen(dom, "patterns that a saved chart uses")), 2);
  EXPECT_EQ(seen(dom, "patterns that it lacks"), "0");
}

TEST(PageInChromium, ShowsHostileNamesAsText) {
  if (!has_chromium()) GTEST_SKIP() << "no chromium";
  const std::string attack =
      "</script><img src=x onerror=\"window.attacked='attacked'\"><b>__proto__";
  Result result = charged_example(4);
  result.network = result.accelerator = attack;
  for (LayerResult& layer : result.layers) layer.kind = layer.bound_by = attack;
  result.layers[0].name = attack;
  result.layers[1].name = "__proto__";
  result.layers[1].bound_by = "__proto__";
  result.layers[1].density["__proto__"] = 0.5;
  Json sweep = example_sweep();
  sweep["name"] = sweep["axes"][1]["values"][0] = attack;
  for (Json& point : sweep["points"]) point["choice"]["ca.pattern"] = attack;
  std::string log;
  const std::string dom =
      dom_of(html_page({{attack, result}}, {{attack, sweep}}), kUseThePage, log);
  EXPECT_EQ(log.find("CONSOLE"), std::string::npos) << log;
  EXPECT_EQ(seen(dom, "images"), "0 quiet");
  EXPECT_THAT(seen(dom, "after bar"), HasSubstr("&lt;/script&gt;&lt;img"));
  EXPECT_EQ(drawn_charts(dom).count("chart-cycles"), 1u);
  EXPECT_EQ(drawn_charts(dom).count("chart-sweep-parallel"), 1u);
}

}  // namespace
}  // namespace escalate
