#include "report/charts/svg.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

#include "common/visible_text.h"

namespace escalate {
namespace {

/// Okabe and Ito's palette (Color Universal Design, 2008) with greys. What is left of the colours
/// in grey is alike for some of them: of the plain ones each differs in lightness, the others have
/// a pattern, white on the dark ones.
struct Series {
  const char* colour;
  const char* line;     ///< colour of its lines, which are seen on white
  const char* pattern;  ///< drawn over a 6 x 6 tile; empty: plain
  const char* ink;      ///< of the pattern
};
constexpr std::array<Series, kPaletteSize> kPalette = {{
    {"#0072b2", "#0072b2", "", ""},
    {"#f0e442", "#b8a800", R"(<path d="M0 6 6 0"/>)", "#000000"},
    {"#d55e00", "#d55e00",
     R"(<circle cx="1.5" cy="1.5" r="0.9"/><circle cx="4.5" cy="4.5" r="0.9"/>)", "#ffffff"},
    {"#56b4e9", "#56b4e9", R"(<path d="M0 0 6 6"/>)", "#000000"},
    {"#009e73", "#009e73", R"(<path d="M0 1.5H6M0 4.5H6"/>)", "#ffffff"},
    {"#e69f00", "#e69f00", "", ""},
    {"#cc79a7", "#cc79a7", R"(<path d="M1.5 0V6M4.5 0V6"/>)", "#000000"},
    {"#ffffff", "#777777", R"(<path d="M0 0 6 6M0 6 6 0"/>)", "#000000"},
    {"#222222", "#222222", "", ""},
    {"#cccccc", "#aaaaaa", R"(<circle cx="3" cy="3" r="0.8"/>)", "#000000"},
}};

/// Without a minus in front of zero, so that equal drawings are equal texts.
std::string number(double value) {
  const double rounded = std::round(value * 100) / 100;
  return fmt::format("{:g}", rounded == 0 ? 0.0 : rounded);
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : visible(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string points_text(const std::vector<Svg::Point>& points) {
  std::string text;
  for (const auto& [x, y] : points) {
    if (!text.empty()) text += ' ';
    text += number(x) + "," + number(y);
  }
  return text;
}

/// A regular polygon, or with `inner` a star of as many tips.
std::vector<Svg::Point> polygon(Svg::Point centre, int corners, double radius, double turn,
                                double inner = 0) {
  std::vector<Svg::Point> points;
  const int count = inner > 0 ? 2 * corners : corners;
  for (int i = 0; i < count; ++i) {
    const double angle = turn + 2 * std::numbers::pi * i / count;
    const double r = inner > 0 && i % 2 == 1 ? inner : radius;
    points.emplace_back(centre.first + r * std::sin(angle), centre.second - r * std::cos(angle));
  }
  return points;
}

std::string stroke_text(const Stroke& stroke) {
  const char* colour = stroke.series >= 0
                           ? kPalette.at(static_cast<std::size_t>(stroke.series)).line
                       : stroke.light ? "#cccccc"
                                      : "#000000";
  return fmt::format(R"(stroke="{}" stroke-width="{}"{} fill="none")", colour, number(stroke.width),
                     stroke.dashed ? R"( stroke-dasharray="3 2")" : "");
}

std::string with_tip(std::string_view element, const std::string& attributes,
                     const std::string& tip) {
  if (tip.empty()) return fmt::format("<{} {}/>", element, attributes);
  return fmt::format("<{0} {1}><title>{2}</title></{0}>", element, attributes, escaped(tip));
}

std::string fill_text(ChartFill fill) {
  const auto index = static_cast<std::size_t>(fill.series);
  return *kPalette.at(index).pattern == '\0' ? fmt::format("\"{}\"", kPalette.at(index).colour)
                                             : fmt::format("\"url(#s{})\"", index);
}

/// Of DejaVu Sans, the widest of the fonts that figures are shown in, in ems.
double letter_width(char c) {
  constexpr std::string_view kThin = "ijl'|.,:;!I";
  constexpr std::string_view kNarrow = "ftr()[]-/\" ";
  constexpr std::string_view kWide = "mwMW%@+=<>";
  const auto byte = static_cast<unsigned char>(c);
  if ((byte & 0xc0U) == 0x80U) return 0;  // goes on with a letter that is counted
  if (kThin.find(c) != kThin.npos) return 0.34;
  if (kNarrow.find(c) != kNarrow.npos) return 0.41;
  if (kWide.find(c) != kWide.npos) return 0.97;
  return c >= 'A' && c <= 'Z' ? 0.77 : 0.63;
}

}  // namespace

Svg::Svg(double width, double height, std::string title)
    : width_(width), height_(height), title_(std::move(title)) {}

void Svg::add(std::string element) { body_ += std::move(element) + "\n"; }

void Svg::rectangle(double x, double y, double width, double height, ChartFill fill) {
  add(fmt::format(R"(<rect x="{}" y="{}" width="{}" height="{}" fill={} stroke="#000000" )"
                  R"(stroke-width="0.25"/>)",
                  number(x), number(y), number(width), number(height), fill_text(fill)));
}

void Svg::line(Point from, Point to, Stroke stroke) {
  add(fmt::format(R"(<line x1="{}" y1="{}" x2="{}" y2="{}" {}/>)", number(from.first),
                  number(from.second), number(to.first), number(to.second), stroke_text(stroke)));
}

void Svg::polyline(const std::vector<Point>& points, Stroke stroke) {
  add(fmt::format(R"(<polyline points="{}" {}/>)", points_text(points), stroke_text(stroke)));
}

void Svg::marker(Point at, ChartFill fill, double size, bool hollow, const std::string& tip) {
  const double radius = size / 2;
  const char* colour = kPalette.at(static_cast<std::size_t>(fill.series)).colour;
  const std::string paint =
      hollow ? fmt::format(R"(fill="#ffffff" stroke="{}" stroke-width="0.8")", colour)
             : fmt::format(R"(fill="{}" stroke="#000000" stroke-width="0.4")", colour);
  constexpr double kQuarter = std::numbers::pi / 4;
  constexpr int kCircle = 0;
  struct Marker {
    int corners;
    double turn, inner;
  };
  constexpr std::array<Marker, kPaletteSize> kShapes = {{{kCircle, 0, 0},
                                                         {4, kQuarter, 0},
                                                         {3, 0, 0},
                                                         {4, 0, 0},
                                                         {3, std::numbers::pi, 0},
                                                         {5, 0, 0.5},
                                                         {4, 0, 0.4},
                                                         {6, 0, 0},
                                                         {4, kQuarter, 0.4},
                                                         {5, 0, 0}}};
  const Marker& shape = kShapes.at(static_cast<std::size_t>(fill.series));
  if (shape.corners == kCircle) {
    add(with_tip("circle",
                 fmt::format(R"(cx="{}" cy="{}" r="{}" {})", number(at.first), number(at.second),
                             number(radius), paint),
                 tip));
    return;
  }
  const auto points =
      polygon(at, shape.corners, radius * 1.2, shape.turn, shape.inner * radius * 1.2);
  add(with_tip("polygon", fmt::format(R"(points="{}" {})", points_text(points), paint), tip));
}

void Svg::text(Point at, const std::string& text, TextStyle style) {
  constexpr std::array<const char*, 3> kAnchors = {"start", "middle", "end"};
  std::string attributes = fmt::format(R"(x="{}" y="{}" font-size="{}")", number(at.first),
                                       number(at.second), number(style.size));
  if (style.anchor != Anchor::kStart) {
    attributes += fmt::format(R"( text-anchor="{}")", kAnchors.at(std::size_t(style.anchor)));
  }
  if (style.bold) attributes += R"( font-weight="bold")";
  if (style.halo) {
    attributes +=
        R"( stroke="#ffffff" stroke-width="2" stroke-linejoin="round" paint-order="stroke")";
  }
  if (style.rotation != 0) {
    attributes += fmt::format(R"~( transform="rotate({} {} {})")~", number(style.rotation),
                              number(at.first), number(at.second));
  }
  add(fmt::format("<text {}>{}</text>", attributes, escaped(text)));
}

std::string Svg::document() const {
  std::string defs;
  for (std::size_t i = 0; i < kPalette.size(); ++i) {
    if (*kPalette[i].pattern == '\0') continue;
    defs += fmt::format(R"(<pattern id="s{0}" width="6" height="6" patternUnits="userSpaceOnUse">)"
                        R"(<rect width="6" height="6" fill="{1}"/>)"
                        R"(<g stroke="{2}" fill="{2}" stroke-width="0.6">{3}</g></pattern>)"
                        "\n",
                        i, kPalette[i].colour, kPalette[i].ink, kPalette[i].pattern);
  }
  return fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}pt" height="{1}pt" viewBox="0 0 {0} {1}" )"
      R"(font-family="Helvetica, Arial, 'Liberation Sans', sans-serif" role="img">)"
      "\n<title>{2}</title>\n<defs>\n{3}</defs>\n"
      R"(<rect width="100%" height="100%" fill="#ffffff"/>)"
      "\n{4}</svg>\n",
      number(width_), number(height_), escaped(title_), defs, body_);
}

double text_width(const std::string& text, double size) {
  double width = 0;
  for (const char c : text) width += letter_width(c);
  return width * size;
}

}  // namespace escalate
