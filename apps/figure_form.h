// Figures in other forms than the SVG that they are drawn as.
#pragma once

#include <string>

#include "apps/output.h"

namespace escalate {

/// `svg` as a file of `form`: SVG as it is, PDF and PNG (300 dots an inch) by rsvg-convert.
/// UserError if that is not installed, or cannot read the figure.
std::string converted_figure(const std::string& svg, FileForm form);

}  // namespace escalate
