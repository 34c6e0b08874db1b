// A drawing as an SVG file: in points, with the fonts and line widths of a printed figure.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace escalate {

/// What the inside of a shape looks like: a colour that colour-blind readers can tell from the
/// others of the palette, and a pattern that still can be told in grey.
struct ChartFill {
  int series = 0;  ///< index into the palette, 0 to kPaletteSize - 1
};
inline constexpr int kPaletteSize = 10;

enum class Anchor { kStart, kMiddle, kEnd };

struct TextStyle {
  Anchor anchor = Anchor::kStart;
  double size = 8;      ///< points
  double rotation = 0;  ///< degrees, clockwise
  bool bold = false;
  bool halo = false;  ///< white around the letters, which hides what is behind them
};

struct Stroke {
  double width = 0.75;
  bool dashed = false;
  bool light = false;  ///< a grid line
  int series = -1;     ///< drawn in its colour; -1: in black
};

class Svg {
 public:
  using Point = std::pair<double, double>;

  /// `width` x `height` points; `title` is what the picture shows, for who cannot see it.
  Svg(double width, double height, std::string title);

  void rectangle(double x, double y, double width, double height, ChartFill fill);
  void line(Point from, Point to, Stroke stroke = {});
  void polyline(const std::vector<Point>& points, Stroke stroke = {});
  /// A marker of its own shape for each series; `hollow`: only its outline is of the colour. `tip`
  /// is what a viewer shows where the mouse rests on it.
  void marker(Point at, ChartFill fill, double size = 5, bool hollow = false,
              const std::string& tip = "");
  void text(Point at, const std::string& text, TextStyle style = {});

  double width() const { return width_; }
  double height() const { return height_; }
  std::string document() const;

 private:
  void add(std::string element);

  double width_, height_;
  std::string title_;
  std::string body_;
};

/// How wide `text` of that size is at most, in points: for room beside an axis or in a legend.
double text_width(const std::string& text, double size);

}  // namespace escalate
