// The library as its users see it, by escalate/escalate.h alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "common/atomic_file.h"
#include "escalate/escalate.h"
#include "tests/support/places.h"
#include "tests/support/quantized_model.h"
#include "tests/support/temporary_folder.h"

namespace esc {
namespace {

using escalate::TemporaryFolder;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kLayer = "C=16,K=8,R=3,H=6,density=0.3";

Network patterns_network() {
  return Network::from_onnx(escalate::source_folder() + "/workloads/samples/patterns-resnet8.onnx");
}

/// The Error that `call` throws; a failure of the test if it throws none.
template <class Call>
Error error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    return error;
  }
  ADD_FAILURE() << "no Error was thrown";
  return Error(Error::Kind::kInternal, "none");
}

TEST(LibraryMachine, TakesParametersByName) {
  Machine machine;
  machine.set("ca.lanes", "8").set("energy.node_nm", "65");
  EXPECT_EQ(machine.get("ca.lanes"), "8");
  EXPECT_EQ(Machine::from_yaml_text(machine.to_yaml()).get("energy.node_nm"), "65");
  EXPECT_NE(machine.get("ca.lanes"), Machine().get("ca.lanes"));
}

TEST(LibraryMachine, CopiesAreMachinesOfTheirOwn) {
  Machine machine;
  const Machine copy = machine;
  machine.set("blocks", "4");
  EXPECT_EQ(copy.get("blocks"), Machine().get("blocks"));
  EXPECT_EQ(machine.multipliers() * 2, copy.multipliers());
}

TEST(LibraryMachine, DescribesEveryParameter) {
  const std::vector<Parameter> parameters = Machine().describe();
  EXPECT_GT(parameters.size(), 40U);
  for (const Parameter& parameter : parameters) {
    EXPECT_FALSE(parameter.meaning.empty()) << parameter.name;
    EXPECT_FALSE(parameter.source.empty()) << parameter.name;
    EXPECT_FALSE(parameter.value.empty()) << parameter.name;
  }
}

TEST(LibraryMachine, HasTheAreaOfItsUnits) {
  const Machine machine;
  double sum = 0;
  for (const auto& [unit, area] : machine.area_by_unit_mm2()) sum += area;
  EXPECT_NEAR(sum, machine.area_mm2(), 1e-9);
  EXPECT_GT(machine.area_mm2(), Machine().set("blocks", "2").area_mm2());
}

TEST(LibraryMachine, SaysWhichKeyIsWrong) {
  const Error unknown = error_of([] { Machine().set("ca.lane", "8"); });
  EXPECT_EQ(unknown.kind(), Error::Kind::kUser);
  EXPECT_EQ(unknown.key(), "ca.lane");
  EXPECT_THAT(unknown.message(), HasSubstr("ca.lanes"));
  EXPECT_EQ(error_of([] { Machine().set("ca.lanes", "0"); }).key(), "ca.lanes");
  EXPECT_EQ(error_of([] { (void)Machine().get("lanez"); }).kind(), Error::Kind::kUser);
  const Error placed = error_of([] { Machine::from_yaml_text("ca:\n  lanes: 0\n", "m.yaml"); });
  EXPECT_EQ(placed.file(), "m.yaml");
  EXPECT_EQ(placed.line(), 2);
  EXPECT_THAT(placed.what(), StartsWith("m.yaml:2: ca.lanes: "));
}

TEST(LibraryMachine, IsCheckedAsAWholeWhenItIsUsed) {
  Machine machine;
  machine.set("blocks", "1024").set("slices", "64");  // in any order, though too many together
  EXPECT_EQ(error_of([&] { machine.validate(); }).kind(), Error::Kind::kUser);
  EXPECT_EQ(error_of([&] { compile(Network::from_layer(kLayer), machine); }).kind(),
            Error::Kind::kUser);
}

TEST(LibraryNetwork, KnowsItsLayers) {
  const Network network = Network::from_zoo("resnet20-cifar10");
  EXPECT_EQ(network.name(), "resnet20-cifar10");
  EXPECT_EQ(network.input_shape(), (Shape{3, 32, 32}));
  EXPECT_EQ(network.output_shape().c, 10);
  EXPECT_TRUE(network.is_calibrated());
  ASSERT_FALSE(network.layers().empty());
  EXPECT_EQ(network.layers()[0].r, 3);
  EXPECT_EQ(network.layers()[0].macs, 32 * 32 * 16 * 27);
}

TEST(LibraryNetwork, OfTheZooIsThatOfItsFile) {
  EXPECT_THAT(Network::zoo(), Contains("resnet20-cifar10"));
  const std::string path = escalate::source_folder() + "/workloads/zoo/resnet20-cifar10.yaml";
  const Result of_file = simulate(Network::from_yaml(path), Machine(), Images());
  EXPECT_EQ(simulate(Network::from_zoo("resnet20-cifar10")).to_json(), of_file.to_json());
  EXPECT_THAT(error_of([] { Network::from_zoo("resnet21"); }).message(),
              HasSubstr("resnet20-cifar10"));
}

TEST(LibraryNetwork, IsDrawnAsAsked) {
  Drawing other;
  other.seed = 7;
  const auto run = [](const Drawing& drawing) {
    return simulate(Network::from_layer(kLayer, drawing));
  };
  EXPECT_EQ(run({}).outputs()[0].values, run({}).outputs()[0].values);
  EXPECT_NE(run({}).outputs()[0].values, run(other).outputs()[0].values);
  other.seed.reset();
  other.terms = 2;
  EXPECT_LT(run(other).counters().at("macs"), run({}).counters().at("macs"));
}

TEST(LibraryNetwork, IsCompressedAndEvaluated) {
  const Network trained =
      Network::from_onnx(escalate::source_folder() + "/workloads/samples/patterns-resnet8.onnx");
  const Images images = Images::from_files("patterns", 16);
  CompressOptions options;
  options.calibration = images;
  options.calibration_images = 16;
  const Network compressed = trained.compress(options);
  EXPECT_TRUE(compressed.is_calibrated());
  const Evaluation evaluation = compressed.evaluate(images);
  EXPECT_EQ(evaluation.images, 16);
  EXPECT_EQ(evaluation.labelled, 16);
  EXPECT_GT(evaluation.top1, 8);
  ASSERT_TRUE(evaluation.top1_int8);
  EXPECT_GT(evaluation.input_density, 0);
  const TemporaryFolder folder;
  compressed.save_onnx(folder.file("c.onnx"));
  EXPECT_EQ(simulate(Network::from_onnx(folder.file("c.onnx"))).cycles(),
            simulate(compressed).cycles());
}

TEST(LibraryNetwork, IsPrunedToPatternsOfWeightsOrCoefficients) {
  const Network trained = Network::from_onnx(escalate::source_folder() +
                                             "/workloads/samples/resnet20-cifar10-pruned.onnx");
  CompressOptions options;
  options.calibration = Images::from_files("synthetic", 1);
  options.refit = false;
  options.basis = 2;
  const auto counter = [&](const char* name) {
    return simulate(trained.compress(options)).counters().at(name);
  };
  const std::int64_t additions = counter("ca_additions");
  options.coefficient_pattern = "1:4";
  EXPECT_LT(counter("ca_additions"), additions * 2 / 3);
  options.weight_pattern = "1:4";
  EXPECT_EQ(error_of([&] { (void)trained.compress(options); }).key(), "coefficient_pattern");
  options.coefficient_pattern = "";
  const std::int64_t products = counter("macs");
  options.weight_pattern = "4:4";
  EXPECT_LT(products, counter("macs"));
  options.weight_pattern = "5:4";
  EXPECT_EQ(error_of([&] { (void)trained.compress(options); }).key(), "weight_pattern");
}

TEST(LibraryNetwork, FoldsTheStrideOfItsFirstLayer) {
  escalate::OnnxModel model(13, {1, 3, 9, 9});
  model.floats("w", {4, 3, 3, 3});
  escalate::set_attribute(model.add("Conv", {"in", "w"}, {"c"}), "strides", std::vector<int>{2, 2});
  const TemporaryFolder folder;
  const Network network =
      Network::from_onnx(folder.write("s.onnx", model.output("c").proto.SerializeAsString()));
  CompressOptions options;
  options.calibration = Images::from_files("synthetic", 2);
  options.fold_strides = true;
  const Network folded = network.compress(options);
  EXPECT_EQ(folded.input_shape(), network.input_shape());
  EXPECT_EQ(folded.layers()[0].in, (Shape{12, 5, 5}));
  EXPECT_EQ(simulate(folded).layers()[0].kind, "decomposed");
  const Network plain = Network::from_onnx(escalate::source_folder() +
                                           "/workloads/samples/resnet20-cifar10-pruned.onnx");
  EXPECT_THAT(error_of([&] { (void)plain.compress(options); }).message(),
              HasSubstr("its stride cannot be folded"));
}

TEST(LibraryNetwork, OfADecompositionOutOfThePatternIsRefused) {
  CompressOptions options;
  options.coefficient_pattern = "1:4";
  const Error error = error_of([&] { (void)patterns_network().compress(options); });
  EXPECT_EQ(error.key(), "coefficient_pattern");
  EXPECT_THAT(error.message(), HasSubstr("has more than 1 of 4 coefficients"));
}

TEST(LibraryNetwork, OfStepsThatInt8HasNotIsRefusedUnlessTheyMayBecomeCoarser) {
  escalate::OnnxModel model(13, {1, 2, 5, 5});
  escalate::add_pair(model, "in", "x", 0.25f, 3, onnx::TensorProto::UINT8);
  model.floats("w", {3, 2, 1, 1});
  model.add("Conv", {"x", "w"}, {"c"});
  const TemporaryFolder folder;
  const Network network =
      Network::from_onnx(folder.write("q.onnx", model.output("c").proto.SerializeAsString()));
  EXPECT_THAT(error_of([&] { (void)network.compress(); }).message(),
              AllOf(HasSubstr("'x.q' (-3 to 252)"), HasSubstr("(requantize keeps")));
  CompressOptions options;
  options.requantize = true;
  EXPECT_NO_THROW((void)network.compress(options));
}

TEST(LibraryNetwork, OfWeightsWhoseStepsInt8HasNotIsRefusedUnlessTheyMayBecomeCoarser) {
  const TemporaryFolder folder;
  const Network network = Network::from_onnx(
      folder.write("w.onnx", escalate::with_far_weights().proto.SerializeAsString()));
  EXPECT_THAT(error_of([&] { (void)network.compress(); }).message(),
              AllOf(HasSubstr("'c' (up to 255 from"), HasSubstr("(requantize rounds")));
  CompressOptions options;
  options.requantize = true;
  EXPECT_NO_THROW((void)network.compress(options));
}

TEST(LibraryNetwork, NamesOptionsAsTheLibraryDoes) {
  const Network network = patterns_network();
  CompressOptions options;
  options.pointwise_terms = 0;
  EXPECT_THAT(error_of([&] { (void)network.compress(options); }).what(),
              StartsWith("pointwise_terms: expected at least 1"));
  options = {};
  options.direct = {"nowhere"};
  EXPECT_EQ(error_of([&] { (void)network.compress(options); }).key(), "direct");
}

TEST(LibraryNetwork, TakesTheShapeThatItsFileLeavesOpen) {
  escalate::OnnxModel model(13, {1, 2, 0, 0});
  model.floats("w", {3, 2, 1, 1});
  model.add("Conv", {"in", "w"}, {"c"});
  model.add("Relu", {"c"}, {"r"});
  const TemporaryFolder folder;
  model.output("r").graph().add_output()->set_name("c");
  const std::string path = folder.write("open.onnx", model.proto.SerializeAsString());
  EXPECT_THAT(error_of([&] { Network::from_onnx(path); }).message(),
              HasSubstr("give its size with input_shape CxHxW"));
  Reading what;
  what.input_shape = Shape{2, 6, 4};
  EXPECT_EQ(Network::from_onnx(path, what).input_shape(), (Shape{2, 6, 4}));
  what.outputs = {"c"};
  EXPECT_EQ(Network::from_onnx(path, what).output_shape(), (Shape{3, 6, 4}));
  what.outputs = {"none"};
  EXPECT_THAT(error_of([&] { Network::from_onnx(path, what); }).message(),
              HasSubstr("has no output 'none'"));
}

TEST(LibraryNetwork, ThatIsDrawnHasNoWeights) {
  const Network network = Network::from_layer(kLayer);
  EXPECT_THAT(error_of([&] { (void)network.compress(); }).message(), HasSubstr("is drawn"));
  EXPECT_THAT(error_of([&] { (void)network.evaluate(Images()); }).message(), HasSubstr("is drawn"));
  EXPECT_THAT(error_of([&] { network.save_onnx("/nowhere/x.onnx"); }).message(),
              HasSubstr("is drawn"));
}

TEST(LibraryNetwork, ThatIsNotThereNamesItsFile) {
  const Error error = error_of([] { Network::from_onnx("/nowhere/net.onnx"); });
  EXPECT_EQ(error.kind(), Error::Kind::kUser);
  EXPECT_EQ(error.file(), "/nowhere/net.onnx");
}

TEST(LibraryImages, OfArraysReachTheMachineAsTheyAre) {
  const Network network = patterns_network();
  const Shape shape = network.input_shape();
  std::vector<std::int8_t> steps(std::size_t(2 * shape.size()));
  for (std::size_t i = 0; i < steps.size(); ++i) steps[i] = std::int8_t(i % 100);
  const Result both = simulate(network, Machine(), Images::from_int8(steps, 2, shape));
  EXPECT_EQ(both.images(), 2);
  ASSERT_EQ(both.outputs().size(), 2U);
  const std::vector<std::int8_t> second(steps.begin() + shape.size(), steps.end());
  const Result alone = simulate(network, Machine(), Images::from_int8(second, 1, shape));
  EXPECT_EQ(alone.outputs()[0].values, both.outputs()[1].values);
  EXPECT_NE(both.outputs()[0].values, both.outputs()[1].values);
}

TEST(LibraryImages, OfRealNumbersAreRounded) {
  const Network network = patterns_network();
  const Shape shape = network.input_shape();
  const std::vector<float> zeros(std::size_t(shape.size()), 1e-9F);
  const std::vector<std::int8_t> steps(std::size_t(shape.size()), 0);
  EXPECT_EQ(simulate(network, Machine(), Images::from_float(zeros, 1, shape)).outputs()[0].values,
            simulate(network, Machine(), Images::from_int8(steps, 1, shape)).outputs()[0].values);
}

TEST(LibraryImages, OfFilesHaveClasses) {
  const Result result = simulate(patterns_network(), Machine(), Images::from_files("patterns", 3));
  EXPECT_EQ(result.classes().size(), 3U);
  ASSERT_TRUE(result.top1());
  EXPECT_GT(*result.top1(), 0.3);
}

TEST(LibraryImages, ThatDoNotFitAreRefused) {
  const Network network = patterns_network();
  const auto refused = [&](const Images& images) {
    return error_of([&] { simulate(network, Machine(), images); }).message();
  };
  EXPECT_THAT(refused(Images::from_int8({1, 2, 3, 4}, 1, {1, 2, 2})),
              HasSubstr("expected images of"));
  EXPECT_THAT(error_of([] {
                Images::from_int8({1, 2, 3}, 1, {1, 2, 2});
              }).message(),
              HasSubstr("got 3"));
  EXPECT_THAT(error_of([] {
                Images::drawn(2).with_labels({1, 2});
              }).message(),
              HasSubstr("of an array"));
  EXPECT_THAT(error_of([] {
                simulate(Network::from_layer(kLayer), Machine(),
                         Images::from_int8(std::vector<std::int8_t>(16 * 36), 1, {16, 6, 6}));
              }).message(),
              HasSubstr("is drawn"));
}

TEST(LibraryProgram, RunsTheSameFromItsFile) {
  const Program program = compile(Network::from_layer(kLayer), Machine(), 2);
  EXPECT_EQ(program.batch(), 2);
  const TemporaryFolder folder;
  program.save(folder.file("p.program"));
  const Program again = Program::load(folder.file("p.program"));
  EXPECT_EQ(again.disassemble(), program.disassemble());
  EXPECT_EQ(again.machine().to_yaml(), program.machine().to_yaml());
  EXPECT_EQ(simulate(again).cycles(), simulate(program).cycles());
  EXPECT_EQ(simulate(again).images(), 2);
  EXPECT_THAT(error_of([&] { simulate(program, Images::drawn(3)); }).message(),
              HasSubstr("whole batches of 2"));
  EXPECT_EQ(error_of([] { Program::load("/nowhere"); }).kind(), Error::Kind::kUser);
}

TEST(LibraryProgram, OfANetworkWithoutScalesIsRefused) {
  const Network network = patterns_network().compress();
  EXPECT_FALSE(network.is_calibrated());
  EXPECT_THAT(error_of([&] { compile(network); }).message(), HasSubstr("compress()"));
}

TEST(LibrarySimulate, CountsWhatTheLayersTake) {
  const Result result = simulate(Network::from_zoo("resnet20-cifar10"));
  std::int64_t cycles = 0;
  double energy = 0;
  for (const LayerResult& layer : result.layers()) {
    cycles += layer.cycles;
    energy += layer.energy_j;
    EXPECT_FALSE(layer.bound_by.empty());
  }
  EXPECT_EQ(result.cycles(), cycles);
  EXPECT_NEAR(result.energy_j(), energy, energy * 1e-9);
  EXPECT_NEAR(result.power_w(), result.energy_j() / result.seconds(), 1e-9);
  EXPECT_DOUBLE_EQ(result.edp_js(), result.energy_j() * result.seconds());
  EXPECT_DOUBLE_EQ(result.area_mm2(), Machine().area_mm2());
  EXPECT_GT(result.counters().at("macs"), 0);
  EXPECT_GT(result.checked_outputs(), 0);
  EXPECT_FALSE(result.bound_by().empty());
}

TEST(LibrarySimulate, BothViewsAndAnyNumberOfProcessesAgree) {
  const Session fast(compile(Network::from_layer(kLayer)));
  SimulateOptions options;
  options.view = View::kCycle;
  options.verify = Verify::kAll;
  const Session slow(fast.program(), options);
  options.view = View::kTransaction;
  options.jobs = 3;
  const Session shared(fast.program(), options);
  const Result result = fast.run(Images::drawn(3));
  for (const Session* other : {&slow, &shared, &fast}) {
    const Result again = other->run(Images::drawn(3));
    EXPECT_EQ(again.cycles(), result.cycles());
    EXPECT_EQ(again.counters(), result.counters());
    EXPECT_EQ(again.outputs()[2].values, result.outputs()[2].values);
  }
}

TEST(LibrarySimulate, RunsSomeLayersAndTellsProgress) {
  std::int64_t done = 0;
  SimulateOptions options;
  options.layers = {"conv1"};
  options.progress = [&](std::int64_t layers) { done = layers; };
  const Result result =
      simulate(Network::from_zoo("resnet20-cifar10"), Machine(), Images(), options);
  EXPECT_EQ(result.layers().size(), 1U);
  EXPECT_EQ(done, 1);
  EXPECT_THAT(result.outputs(), IsEmpty());
  options.layers = {"no such layer"};
  EXPECT_EQ(
      error_of([&] { simulate(compile(Network::from_layer(kLayer)), Images(), options); }).kind(),
      Error::Kind::kUser);
}

TEST(LibraryResult, IsWrittenInTheFormOfItsEnding) {
  const Result result = simulate(Network::from_layer(kLayer));
  const TemporaryFolder folder;
  result.write(folder.file("r.json"));
  EXPECT_EQ(escalate::read_file(folder.file("r.json")), result.to_json());
  EXPECT_EQ(Result::load(folder.file("r.json")).to_json(), result.to_json());
  result.write(folder.file("r.html"));
  EXPECT_THAT(escalate::read_file(folder.file("r.html")), HasSubstr("<html"));
  result.write(folder.file("r.csv"));
  EXPECT_THAT(escalate::read_file(folder.file("r.csv")), HasSubstr("cycles"));
  result.write(folder.file("r.md"));
  write({result, result}, folder.file("two.md"));
  EXPECT_THAT(error_of([&] { result.write(folder.file("r.pdf")); }).message(),
              HasSubstr(".json, .html, .csv or .md"));
  EXPECT_THAT(result.text(), HasSubstr("cycles"));
}

TEST(LibraryCompare, PutsOthersBesideTheMachine) {
  CompareOptions options;
  options.against = {"scnn", "dense"};
  options.iso = Iso::kMac;
  const Comparison comparison =
      compare(Network::from_zoo("resnet20-cifar10"), Machine(), Images(), options);
  const std::vector<Result> results = comparison.results();
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0].accelerator(), "escalate");
  EXPECT_EQ(results[2].accelerator(), "dcnn");
  EXPECT_NEAR(comparison.total(2).speedup,
              double(results[2].cycles()) / double(results[0].cycles()), 1e-6);
  EXPECT_THAT(comparison.text(), AllOf(HasSubstr("scnn"), HasSubstr("dcnn")));
  const TemporaryFolder folder;
  comparison.write(folder.file("c.html"));
  comparison.write(folder.file("c.json"));
  EXPECT_EQ(escalate::read_file(folder.file("c.json")), comparison.to_json());
}

TEST(LibraryCompare, TakesTrainedNetworksAndPlugins) {
  CompareOptions options;
  options.against = {"eyeriss"};
  options.plugins = {escalate::build_folder() + "/tests/plugins/NO_FAULT.so"};
  const Comparison comparison =
      compare(patterns_network(), Machine(), Images::from_files("patterns", 1), options);
  ASSERT_EQ(comparison.results().size(), 3U);
  EXPECT_EQ(comparison.results()[2].accelerator(), "faulty");
  options.plugins = {escalate::build_folder() + "/tests/plugins/LOSES_A_PRODUCT.so"};
  const Error error = error_of([&] { compare(patterns_network(), Machine(), Images(), options); });
  EXPECT_EQ(error.kind(), Error::Kind::kUser);
  EXPECT_THAT(error.file(), HasSubstr("LOSES_A_PRODUCT.so"));
}

TEST(LibraryCompare, RefusesNamesThatAreUnknownOrGivenTwice) {
  CompareOptions options;
  options.against = {"spartan"};
  const Network network = Network::from_layer(kLayer);
  EXPECT_THAT(error_of([&] { compare(network, Machine(), Images(), options); }).message(),
              HasSubstr("sparten"));
  options.against = {"dense", "dcnn"};
  EXPECT_THAT(error_of([&] { compare(network, Machine(), Images(), options); }).message(),
              HasSubstr("given twice"));
  EXPECT_THAT(accelerators(), Contains("sparten-dense"));
}

/// A sweep of two points in the folder.
std::string sweep_in(const TemporaryFolder& folder) {
  escalate::write_file(folder.file("net.yaml"),
                       "name: tiny\ninput: [3, 6, 6]\ndefaults: {coefficient_density: 0.3, "
                       "weight_density: 0.4, activation_density: 0.5}\nlayers:\n"
                       "  - {conv: a, K: 4, kernel: 3}\n");
  return folder.write(
      "s.yaml", "name: s\nworkloads: [net.yaml]\naxes:\n  blocks: [4, 8]\nobjectives: [cycles]\n");
}

TEST(LibrarySweep, RunsEveryPointOnce) {
  const TemporaryFolder folder;
  const std::string spec = sweep_in(folder);
  const SweepResult result = sweep(spec);
  ASSERT_EQ(result.points().size(), 2U);
  for (const SweepPoint& point : result.points()) {
    EXPECT_EQ(point.status, "done") << point.reason;
    EXPECT_GT(point.values.at("cycles"), 0);
  }
  EXPECT_EQ(result.points()[1].choice.at("blocks"), "8");
  EXPECT_EQ(sweep(spec).to_json(), result.to_json());
  result.write(folder.file("s.html"));
  EXPECT_THAT(result.text(), HasSubstr("Pareto front"));
  EXPECT_EQ(error_of([&] { sweep(folder.file("none.yaml")); }).kind(), Error::Kind::kUser);
}

TEST(LibrarySweep, TellsProgressAndKeepsWhatIsFinishedWhenItIsEnded) {
  const TemporaryFolder folder;
  const std::string spec = sweep_in(folder);
  std::vector<std::int64_t> told;
  SweepOptions options;
  options.progress = [&](std::int64_t done, std::int64_t most) {
    EXPECT_EQ(most, 2);
    told.push_back(done);
  };
  {
    const Interruptible interruptible([&] {
      if (!told.empty() && told.back() == 1) throw std::runtime_error("enough");
    });
    EXPECT_THAT(error_of([&] { sweep(spec, options); }).message(), HasSubstr("enough"));
  }
  EXPECT_THAT(told, ElementsAre(0, 1));
  told.clear();
  EXPECT_EQ(sweep(spec, options).points().size(), 2U);
  EXPECT_THAT(told, ElementsAre(1, 2));
}

TEST(LibraryInterrupt, EndsRunsInTheMiddleAndLeavesNothingBehind) {
  const Program program = compile(Network::from_zoo("resnet20-cifar10"), Machine());
  const auto cycles_of = [&](const SimulateOptions& options) {
    return simulate(program, Images(), options).cycles();
  };
  SimulateOptions one, several, clocked;
  several.jobs = 2;
  clocked.view = View::kCycle;
  clocked.layers = {"conv1"};
  // Whoever waits for processes asks every now and then: at least once before they have ended.
  const std::pair<SimulateOptions, int> runs[] = {{one, 2}, {several, 1}, {clocked, 2}};
  for (const auto& [options, call_that_ends] : runs) {
    {
      int calls = 0;
      const Interruptible interruptible([&, last = call_that_ends] {
        if (++calls == last) throw Error(Error::Kind::kUser, "enough");
      });
      EXPECT_EQ(error_of([&] { cycles_of(options); }).message(), "enough");
    }
    SimulateOptions first = options;
    first.layers = {"conv1"};
    EXPECT_EQ(cycles_of(first), cycles_of(clocked));
  }
}

}  // namespace
}  // namespace esc
