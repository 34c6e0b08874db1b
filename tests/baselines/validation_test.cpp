#include "baselines/validation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "common/atomic_file.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

const std::string kRoot = source_folder();
TEST(Validation, MeasuresErrorsFromTheNearerEndOfARange) {
  ValidationRow row;
  row.published = 2;
  row.ours = row.ours_low = row.ours_high = 2.2;
  EXPECT_NEAR(row.error(), 0.1, 1e-12);
  row.ours_high = 3;
  EXPECT_NEAR(row.error(), 0.1, 1e-12);
  row.ours_low = 1;
  EXPECT_DOUBLE_EQ(row.error(), 0);
  row.ours_high = 1.5;
  EXPECT_DOUBLE_EQ(row.error(), -0.25);
}

TEST(Validation, MeasuresErrorsFromABoundOnlyAboveIt) {
  ValidationRow row;
  row.published = 2;
  row.is_bound = true;
  row.ours_low = 1;
  row.ours_high = 1.9;
  EXPECT_DOUBLE_EQ(row.error(), 0);
  row.ours_high = 2.2;
  EXPECT_NEAR(row.error(), 0.1, 1e-12);
}

/// Checks AlexNet's active PEs, and its times within `tolerance`.
void check_alexnet(const std::vector<ValidationRow>& rows, double tolerance) {
  int times = 0;
  int pes = 0;
  for (const ValidationRow& row : rows) {
    if (row.figure.ends_with("active PEs")) {
      EXPECT_EQ(row.ours, row.published) << row.figure;
      ++pes;
    }
    if (row.figure.starts_with("AlexNet") && row.figure.ends_with("processing")) {
      EXPECT_LT(std::abs(row.error()), tolerance) << row.figure;
      ++times;
    }
  }
  EXPECT_EQ(pes, 5);
  EXPECT_EQ(times, 6);
}

TEST(Validation, OfEyerissHasThePublishedPesAndNearlyTheTimesOfAlexNet) {
  check_alexnet(validate_eyeriss(kRoot), 0.11);
}

TEST(Validation, OfEyerissWithTheChipsMappingsHasItsTimes) {
  const std::vector<ValidationRow> rows = validate_mapped_eyeriss(kRoot);
  check_alexnet(rows, 0.10);
  const auto vgg = std::find_if(rows.begin(), rows.end(), [](const ValidationRow& row) {
    return row.figure == "VGG16 frames a second";
  });
  ASSERT_NE(vgg, rows.end());
  EXPECT_LT(std::abs(vgg->error()), 0.10);
}

TEST(Validation, OfTheHierarchyOfEyerissHasItsOrderAndMagnitude) {
  const std::vector<ValidationRow> rows = validate_eyeriss_hierarchy(kRoot);
  ASSERT_EQ(rows.size(), 4u);
  const auto expect_within = [](const ValidationRow& row, double low, double high) {
    EXPECT_GE(row.ours / row.published, low) << row.figure;
    EXPECT_LE(row.ours / row.published, high) << row.figure;
  };
  expect_within(rows[0], 1, 1.3);
  expect_within(rows[1], 0.25, 1);
  expect_within(rows[2], 1, 2.2);
  expect_within(rows[3], 0.5, 1);
  EXPECT_LT(rows[1].ours, rows[0].ours);
  EXPECT_LT(rows[0].ours, rows[2].ours);
  EXPECT_LT(rows[2].ours, rows[3].ours);
}

TEST(Validation, OfEyerissByLayerHasThePesOfAllLayersAndNearlyTheirTimes) {
  int layers = 0;
  for (const ValidationRow& row : validate_eyeriss_by_layer(kRoot)) {
    if (row.figure.ends_with("active PEs")) {
      EXPECT_EQ(row.ours, row.published) << row.figure;
      ++layers;
    }
    if (row.figure.ends_with("processing")) {
      EXPECT_LT(std::abs(row.error()), 0.10) << row.figure;
    }
  }
  EXPECT_EQ(layers, 5 + 13);
}

TEST(Validation, OfTheSystolicArrayHasTheCyclesOfScaleSimAndNearlyThoseOfOnnxim) {
  for (const ValidationRow& row : validate_systolic(kRoot)) {
    const double most = row.source == "SCALE-Sim" ? 1e-5 : 0.15;
    EXPECT_LT(std::abs(row.error()), most) << row.figure;
  }
}

TEST(Validation, OfTensorCoresHasTheCyclesOfTheArtifact) {
  for (const ValidationRow& row : validate_tensor_core(kRoot)) {
    if (row.unit != "cycles") continue;
    const bool is_dual = row.figure.find("both operands") != std::string::npos;
    EXPECT_LE(std::abs(row.error()), is_dual ? 0.10 : 0) << row.figure;
  }
}

TEST(LongValidation, OfScnnHasThePublishedSpeedUps) {
  for (const ValidationRow& row : validate_scnn(kRoot)) {
    EXPECT_LT(std::abs(row.error()), 0.15) << row.figure;
  }
}

/// The lines of a document; of figures that follow the energy tables only what is printed of the
/// paper, so that a change of a table does not make the page wrong in this test's eyes.
std::vector<std::string> lines_without_energies(const std::string& document) {
  std::vector<std::string> lines;
  std::istringstream stream(document);
  for (std::string line; std::getline(stream, line);) {
    const bool of_energy = line.find(" mW |") != std::string::npos ||
                           line.find("energy") != std::string::npos ||
                           line.find("without DRAM |") != std::string::npos ||
                           line.find("| ISCA 2016, table IV |") != std::string::npos;
    std::size_t end = std::string::npos;
    for (int column = 0; of_energy && column < 4; ++column) end = line.find('|', end + 1);
    lines.push_back(line.substr(0, end));
  }
  return lines;
}

TEST(LongValidation, StandsInTheDocument) {
  const std::string page = read_file(kRoot + "/docs/validation.md");
  const std::string first = "<!-- tables -->\n";
  const std::size_t begin = page.find(first) + first.size();
  const std::string tables = page.substr(begin, page.find("<!-- end of tables -->") - begin);
  EXPECT_EQ(lines_without_energies(tables), lines_without_energies(validation_document(kRoot)))
      << "scripts/validate writes the tables again";
}

}  // namespace
}  // namespace escalate
