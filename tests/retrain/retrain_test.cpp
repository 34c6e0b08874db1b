#include "retrain/retrain.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "../support/expect_user_error.h"
#include "../support/temporary_folder.h"
#include "compress/calibrate.h"
#include "compress/compress.h"
#include "compress/evaluate.h"
#include "compress/integer_builder.h"
#include "retrain/checkpoint.h"
#include "tests/retrain/small_networks.h"
#include "workloads/nm_groups.h"

namespace escalate {
namespace {

using testing::HasSubstr;

/// Threads do not live on in a forked process, and small layers gain nothing by them.
class OneThread : public testing::Environment {
 public:
  void SetUp() override { at::set_num_threads(1); }
};
const testing::Environment* const kOneThread = testing::AddGlobalTestEnvironment(new OneThread);

/// Small images whose class is the colour channel that is brightest, on a random ground.
LabelledImages colour_images(int count, int width = 12) {
  LabelledImages images;
  images.shape = {3, width, width};
  std::uint64_t state = 5;
  const auto random = [&] { return state = state * 6364136223846793005U + 1442695040888963407U; };
  for (int i = 0; i < count; ++i) {
    const auto label = std::uint8_t(random() >> 33) % 3;
    images.labels.push_back(std::uint8_t(label));
    for (int c = 0; c < 3; ++c) {
      for (int p = 0; p < width * width; ++p) {
        images.pixels.push_back(std::uint8_t(((random() >> 40) & 127) + (c == label ? 90 : 0)));
      }
    }
  }
  return images;
}

RetrainOptions quick() {
  RetrainOptions options;
  options.terms = 3;
  options.epochs = 2;
  options.batch = 16;
  options.density = 0.5;
  options.zeros = 0.5;
  options.augmentation = {1, true};
  return options;
}

PhaseSettings phase() {
  PhaseSettings settings;
  settings.epochs = 8;
  settings.batch = 16;
  return settings;
}

std::map<std::string, at::Tensor> copy_of(const std::map<std::string, at::Tensor>& state) {
  std::map<std::string, at::Tensor> made;
  for (const auto& [name, tensor] : state) made[name] = tensor.clone();
  return made;
}

TEST(Alternation, MovesCoefficientsAndBasisInTurns) {
  const LabelledImages images = colour_images(32);
  const Graph graph = small_resnet();
  TrainedNetwork network(graph);
  decompose(network, layers_to_decompose(graph, {}, false), 4);
  PhaseSettings settings = phase();
  settings.alternate = true;
  PhaseTrainer trainer(network, nullptr, images, settings);
  for (int epoch = 0; epoch < 5; ++epoch) {
    const auto before = copy_of(network.state());
    trainer.run_epoch(epoch);
    const bool coefficients_turn = epoch / 2 % 2 == 0;
    for (const auto& [name, tensor] : network.state()) {
      const bool moved = !at::equal(tensor, before.at(name));
      const bool expected = name.ends_with(".coefficients") ? coefficients_turn
                            : name.ends_with(".basis")      ? !coefficients_turn
                                                            : true;
      EXPECT_EQ(moved, expected) << name << " in epoch " << epoch;
    }
  }
}

TEST(BatchNorms, HaveTheStatisticsOfTheWeightsThatAnEpochEndsWith) {
  const LabelledImages images = colour_images(32);
  TrainedNetwork network(small_vgg());
  PhaseSettings settings = phase();
  settings.augmentation = {0, false};
  settings.rate = 0.1;
  PhaseTrainer trainer(network, nullptr, images, settings);
  trainer.run_epoch(0);
  const c10::NoGradGuard no_gradients;
  const at::Tensor inputs =
      network_input(images.pixels, images.shape, network.structure().transform, at::kCPU);
  const std::vector<at::Tensor> outputs = network.forward_all(inputs, false);
  const auto& [node, norm] = *network.batch_norms().begin();
  const int layer = network.structure().nodes[std::size_t(node)].inputs[0];
  const at::Tensor mean = at::mean(outputs[std::size_t(layer)], {0, 2, 3});
  EXPECT_TRUE(at::allclose(norm.mean, mean, 1e-4, 1e-5));
}

TEST(WarmUp, RaisesTheRateEvenly) {
  const LabelledImages images = colour_images(16);  // one step an epoch
  const auto weights_after = [&](int warm_up_epochs) {
    TrainedNetwork network(small_vgg());
    PhaseSettings settings = phase();
    settings.augmentation = {0, false};
    settings.warm_up_epochs = warm_up_epochs;
    const at::Tensor before = network.layers().begin()->second.weight.clone();
    PhaseTrainer(network, nullptr, images, settings).run_epoch(0);
    return (network.layers().begin()->second.weight - before).detach();
  };
  EXPECT_TRUE(at::allclose(4 * weights_after(4), weights_after(0), 1e-2, 1e-6));
  EXPECT_GT(weights_after(4).abs().max().item<float>(), 1e-4);
}

TEST(L1, MakesCoefficientsSmaller) {
  const LabelledImages images = colour_images(32);
  const Graph graph = small_vgg();
  const auto magnitude_after = [&](double l1) {
    TrainedNetwork network(graph);
    decompose(network, layers_to_decompose(graph, {}, false), 4);
    PhaseSettings settings = phase();
    settings.l1 = l1;
    PhaseTrainer trainer(network, nullptr, images, settings);
    for (int epoch = 0; epoch < 4; ++epoch) trainer.run_epoch(epoch);
    double sum = 0;
    for (const auto& [node, layer] : network.layers()) {
      if (layer.weighting == Weighting::kRealBasis) {
        sum += layer.coefficients.abs().sum().item<double>();
      }
    }
    return sum;
  };
  EXPECT_LT(magnitude_after(0.3), 0.9 * magnitude_after(0));
}

TEST(Masks, StayAtZeroThroughTraining) {
  const LabelledImages images = colour_images(32);
  const Graph graph = small_resnet();
  TrainedNetwork pruned(graph), decomposed(graph);
  prune_weights(pruned, 0.3);
  decompose(decomposed, layers_to_decompose(graph, {}, false), 4);
  prune_coefficients(decomposed, 1);
  for (TrainedNetwork* network : {&pruned, &decomposed}) {
    const double zeros = zero_share(*network);
    EXPECT_GT(zeros, 0.4);
    PhaseTrainer trainer(*network, nullptr, images, phase());
    for (int epoch = 0; epoch < 3; ++epoch) trainer.run_epoch(epoch);
    for (const auto& [node, layer] : network->layers()) {
      if (!layer.mask.defined()) continue;
      EXPECT_EQ((layer.sparse() * (1 - layer.mask)).abs().max().item<float>(), 0) << node;
    }
    EXPECT_GE(zero_share(*network), zeros);
  }
}

TEST(Pruning, KeepsTheShareOfWeightsThatWasAskedFor) {
  TrainedNetwork network(small_vgg());
  prune_weights(network, 0.25);
  EXPECT_NEAR(zero_share(network), 0.75, 0.001);
}

/// The layers of a graph whose weights keep to the pattern, of those that have whole groups.
int layers_in_pattern(const Graph& graph, const NmPattern& pattern, int* all) {
  int kept = *all = 0;
  for (const Node& node : graph.nodes) {
    if (!node.is_weighted()) continue;
    const int taps = node.window.r * node.window.s;
    const auto channels = int(node.weights.size()) / (node.out_channels * taps);
    if (!has_groups(channels, pattern)) continue;
    ++*all;
    if (keeps_to(node.weights, channels, taps, pattern)) ++kept;
  }
  return kept;
}

TEST(NmPruning, KeepsTheLargestWeightsOfEachGroup) {
  const Graph graph = small_mobilenet(12, 8);
  TrainedNetwork network(graph);
  prune_to_pattern(network, {2, 4}, {"classifier"});
  for (const auto& [node, layer] : network.layers()) {
    const Node& was = graph.nodes[std::size_t(node)];
    const int channels = network.channels_of(node);
    if (channels < 4 || was.name == "classifier") {  // the first layer, depthwise ones
      EXPECT_FALSE(layer.mask.defined()) << was.name;
      continue;
    }
    const std::vector<bool> kept =
        largest_of_groups(was.weights, channels, was.window.r * was.window.s, {2, 4});
    const std::vector<float> is = floats_of(layer.effective_weight());
    for (std::size_t i = 0; i < is.size(); ++i) {
      EXPECT_EQ(is[i], kept[i] ? was.weights[i] : 0.0f) << was.name << " " << i;
    }
  }
}

TEST(NmPruning, HoldsThroughTraining) {
  const LabelledImages training = colour_images(256), test = colour_images(64);
  RetrainOptions options = quick();
  options.method = RetrainMethod::kNm;
  options.scratch_epochs = 3;
  options.epochs = 4;
  options.scratch_rate = 0.05;
  const Graph graph = small_resnet(12, 8);
  const RetrainOutcome outcome = retrain(graph, options, training, test);
  EXPECT_GT(outcome.final_ratio, 0.9);
  int all = 0;
  EXPECT_EQ(layers_in_pattern(outcome.network, {2, 4}, &all), all);
  EXPECT_EQ(all, 6);
  EXPECT_LT(outcome.after.weights, outcome.before.weights * 0.55);
  // Its weights are not those that were kept at first: they were trained.
  CompressOptions as_it_is;
  as_it_is.method = CompressMethod::kNm;
  CompressReport report;
  const Graph compressed = compress_graph(outcome.network, as_it_is, &report);
  EXPECT_EQ(report.total().pruned, 0);
  EXPECT_EQ(layers_in_pattern(compressed, {2, 4}, &all), all);
}

TEST(NmPruning, KeepsChannelsThatDoNothing) {
  const LabelledImages images = colour_images(64);
  Graph graph = small_vgg(12, 8);
  Node& first = graph.nodes[1];  // whose channel 2 is of no use
  std::fill_n(first.weights.begin() + 2 * 27, 27, 0.0f);
  RetrainOptions options = quick();
  options.method = RetrainMethod::kNm;
  options.epochs = 1;
  options.rate = 0;
  const RetrainOutcome outcome = retrain(graph, options, images, images);
  for (const Node& node : graph.nodes) {
    EXPECT_EQ(outcome.network.nodes[std::size_t(outcome.network.find(node.name))].out, node.out);
  }
  int all = 0;
  EXPECT_EQ(layers_in_pattern(outcome.network, {2, 4}, &all), all);
}

TEST(NmPruning, IsResumedFromACheckpoint) {
  const LabelledImages images = colour_images(64);
  RetrainOptions options = quick();
  options.method = RetrainMethod::kNm;
  options.pattern = {1, 4};
  const Graph graph = small_resnet(12, 4);
  const RetrainOutcome whole = retrain(graph, options, images, images);
  const TemporaryFolder folder;
  options.checkpoint = folder.file("checkpoint");
  RetrainListener listener;
  struct Stop {};
  listener.epoch = [](const EpochRecord&) { throw Stop(); };
  EXPECT_THROW(retrain(graph, options, images, images, listener), Stop);
  EXPECT_EQ(retrain(graph, options, images, images).network, whole.network);
  options.pattern = {2, 4};
  EXPECT_USER_ERROR(retrain(graph, options, images, images), HasSubstr("other options"));
}

/// How many of the decomposed layers with groups keep to the pattern; `all`: how many there are.
int decomposed_in_pattern(const Graph& graph, const NmPattern& pattern, int* all) {
  int kept = *all = 0;
  for (const Node& node : graph.nodes) {
    if (!node.decomposition) continue;
    const auto& codes = node.decomposition->coefficients;
    const auto channels = int(codes.size()) / (node.out_channels * node.terms);
    if (!has_groups(channels, pattern)) continue;
    ++*all;
    if (keeps_to(codes, channels, 1, pattern)) ++kept;
  }
  return kept;
}

TEST(TernaryTraining, HoldsCoefficientsToAPattern) {
  const LabelledImages training = colour_images(256), test = colour_images(64);
  RetrainOptions options = quick();
  options.coefficient_pattern = {1, 4};
  options.zeros = 0;
  options.density = 1;
  options.scratch_epochs = 3;
  options.scratch_rate = 0.05;
  options.latent_rate = 0.02;
  options.epochs = 4;
  const RetrainOutcome outcome = retrain(small_resnet(12, 8), options, training, test);
  int all = 0;
  EXPECT_EQ(decomposed_in_pattern(outcome.network, {1, 4}, &all), all);
  EXPECT_GE(all, 4);
  EXPECT_GT(outcome.final_ratio, 0.7);
  options.coefficient_pattern.reset();
  const RetrainOutcome free = retrain(small_resnet(12, 8), options, training, test);
  EXPECT_LT(decomposed_in_pattern(free.network, {1, 4}, &all), all);
}

TEST(TernaryTraining, WithinAPatternIsResumedFromACheckpoint) {
  const LabelledImages images = colour_images(64);
  RetrainOptions options = quick();
  options.coefficient_pattern = {1, 4};
  const Graph graph = small_resnet(12, 4);
  const RetrainOutcome whole = retrain(graph, options, images, images);
  const TemporaryFolder folder;
  options.checkpoint = folder.file("checkpoint");
  RetrainListener listener;
  struct Stop {};
  listener.epoch = [](const EpochRecord&) { throw Stop(); };
  EXPECT_THROW(retrain(graph, options, images, images, listener), Stop);
  EXPECT_EQ(retrain(graph, options, images, images).network, whole.network);
  options.coefficient_pattern = {2, 4};
  EXPECT_USER_ERROR(retrain(graph, options, images, images), HasSubstr("other options"));
}

TEST(TernaryTraining, TakesANetworkThatCameDecomposedInThePattern) {
  const LabelledImages images = colour_images(64);
  CompressOptions made;
  made.coefficient_pattern = {1, 4};
  const Graph sparse = compress_graph(small_resnet(12, 8), made);
  RetrainOptions options = quick();
  options.coefficient_pattern = {1, 4};
  options.epochs = 1;
  int all = 0;
  const Graph after = retrain(sparse, options, images, images).network;
  EXPECT_EQ(decomposed_in_pattern(after, {1, 4}, &all), all);
  const Graph dense = compress_graph(small_resnet(12, 8), {});
  EXPECT_USER_ERROR(retrain(dense, options, images, images),
                    HasSubstr("came decomposed, with more than 1 of 4 coefficients"));
}

TEST(TernaryTraining, PullsTheShareOfZerosUp) {
  const LabelledImages images = colour_images(64);
  const Graph graph = small_vgg(12, 4);
  const auto zeros_after = [&](double zeros) {
    const std::vector<int> layers = layers_to_decompose(graph, {}, false);
    TrainedNetwork network(with_ternary_layers(graph, layers, {4, 1, 1, 1}));
    PhaseSettings settings = phase();
    settings.epochs = 20;
    settings.zeros = zeros;
    settings.latent_rate = 0.02;
    PhaseTrainer trainer(network, nullptr, images, settings);
    for (int epoch = 0; epoch < settings.epochs; ++epoch) trainer.run_epoch(epoch);
    return zero_share(network);
  };
  EXPECT_GT(zeros_after(0.9), zeros_after(0) + 0.1);
}

TEST(TernaryTraining, PullsThoseCoefficientsFirstThatTheLossDoesNotNeed) {
  const LabelledImages images = colour_images(64);
  const Graph graph = small_vgg(12, 4);
  TrainedNetwork network(
      with_ternary_layers(graph, layers_to_decompose(graph, {}, false), {4, 1, 1, 1}));
  const auto layer = std::next(network.layers().begin());  // its first input channel is silent
  network.batch_norms().begin()->second.mask = tensor_of({0, 1, 1, 1}, {4});
  const auto zeros = [&](int first_channel, int channels) {
    const at::Tensor codes =
        ternary_codes_of(layer->second.coefficients).narrow(2, first_channel, channels);
    return double((codes == 0).sum().item<std::int64_t>()) / double(codes.numel());
  };
  const double needed_before = zeros(1, 3), all_before = zero_share(network);
  ASSERT_LE(zeros(0, 1), 0.5);
  double all = 0;
  for (const auto& [node, each] : network.layers()) {
    if (each.weighting == Weighting::kTernary) all += double(each.coefficients.numel());
  }
  const double silent = double(layer->second.coefficients.numel()) / 4;
  PhaseSettings settings = phase();
  settings.epochs = 30;
  settings.zeros = all_before + (1 - zeros(0, 1)) * silent / all;
  settings.latent_rate = 0.02;
  PhaseTrainer trainer(network, nullptr, images, settings);
  for (int epoch = 0; epoch < settings.epochs; ++epoch) trainer.run_epoch(epoch);
  EXPECT_GT(zeros(0, 1), 0.9);
  EXPECT_LT(zeros(1, 3), needed_before + 0.1);
}

class EveryNetwork : public testing::TestWithParam<int> {
 protected:
  static Graph graph() {
    const Graph graphs[] = {small_vgg(12, 4), small_resnet(12, 4), small_mobilenet(12, 4)};
    return graphs[GetParam()];
  }
};

TEST_P(EveryNetwork, IsTrainedThroughAllPhasesIntoIntegers) {
  const LabelledImages images = colour_images(64);
  RetrainOptions options = quick();
  options.scratch_epochs = 1;
  options.alternate_epochs = options.prune_epochs = options.int8_epochs = 1;
  const RetrainOutcome outcome = retrain(graph(), options, images, images);
  EXPECT_EQ(outcome.epochs.size(), 5U);
  Graph compressed = compress_graph(outcome.network, {});
  std::vector<Tensor> tensors;
  for (int i = 0; i < 4; ++i) {
    const std::vector<std::uint8_t> pixels(images.pixels.begin() + i * 432,
                                           images.pixels.begin() + (i + 1) * 432);
    tensors.push_back({images.shape, floats_of(network_input(pixels, images.shape,
                                                             compressed.transform, at::kCPU))});
  }
  calibrate(compressed, tensors);
  EXPECT_NO_THROW(build_integer_network(compressed));
}
INSTANTIATE_TEST_SUITE_P(Kinds, EveryNetwork, testing::Range(0, 3));

TEST(Retraining, LearnsAndStaysTernary) {
  const LabelledImages training = colour_images(256), test = colour_images(64);
  RetrainOptions options = quick();
  options.scratch_epochs = 3;
  options.epochs = 4;
  options.scratch_rate = 0.05;
  const RetrainOutcome outcome = retrain(small_resnet(12, 6), options, training, test);
  EXPECT_GT(outcome.final_ratio, 0.9);
  bool has_ternary = false;
  for (const Node& node : outcome.network.nodes) has_ternary |= node.decomposition.has_value();
  EXPECT_TRUE(has_ternary);
}

TEST(Retraining, WithoutEpochsPenniOnlyDecomposes) {
  const LabelledImages training = colour_images(64), test = colour_images(200);
  const Graph graph = small_resnet(12, 6);
  RetrainOptions options = quick();
  options.method = RetrainMethod::kPenni;
  options.terms = 9;  // as many as a kernel has taps: nothing is lost
  const RetrainOutcome exact = retrain(graph, options, training, test);
  EXPECT_NEAR(exact.final_ratio, exact.original_ratio, 0.01);
  EXPECT_GT(exact.float_pairs.nodes.size(), graph.nodes.size());
  options.terms = 2;
  const RetrainOutcome coarse = retrain(graph, options, training, test);
  EXPECT_LT(coarse.after.weights, exact.after.weights);
  options.scratch_epochs = 1;
  const RetrainOutcome scratch = retrain(graph, options, training, test);
  EXPECT_GT(scratch.float_pairs.nodes.size(), scratch.network.nodes.size());
}

TEST(Retraining, LearnsThePatternsInAFewSteps) {
  const LabelledImages training = read_labelled_images("patterns:3000", Split::kTraining);
  LabelledImages test = read_labelled_images("patterns", Split::kTest);
  test.labels.resize(500);
  test.pixels.resize(std::size_t(500 * test.shape.size()));
  RetrainOptions options;
  options.scratch_epochs = 5;
  options.epochs = 3;
  options.int8_epochs = 1;
  options.batch = 32;
  options.zeros = 0.5;
  options.density = 0.5;
  options.augmentation = {2, false};
  const RetrainOutcome outcome = retrain(small_resnet(32, 8, 2), options, training, test);
  EXPECT_GT(outcome.final_ratio, 0.4);  // of ten classes
  EXPECT_GT(outcome.zeros, 0.45);
  // As integers it is as good as training ended with.
  Graph compressed = compress_graph(outcome.network, {});
  const auto images = open_input("patterns", compressed.nodes[0].out, compressed.transform);
  calibrate(compressed, *images);
  EvaluateOptions evaluation;
  evaluation.images = test.size();
  const Evaluation made = evaluate(compressed, *images, evaluation);
  EXPECT_NEAR(double(made.integer->top1) / 500, outcome.final_ratio, 0.02);
}

TEST(Retraining, FollowsATeacher) {
  const LabelledImages images = colour_images(128);
  RetrainOptions options = quick();
  options.distillation = 0.9;
  options.teacher = small_vgg(12, 4);
  const RetrainOutcome outcome = retrain(small_vgg(12, 4), options, images, images);
  EXPECT_LT(outcome.epochs.back().training.loss, outcome.epochs.front().training.loss);
}

TEST(Retraining, GoesOnAfterAKillToTheSameResult) {
  const LabelledImages images = colour_images(64);
  RetrainOptions options = quick();
  options.alternate_epochs = 2;
  options.prune_epochs = 2;
  options.int8_epochs = 1;
  options.distillation = 0.3;
  const Graph graph = small_resnet(12, 4);
  const TemporaryFolder folder;
  options.checkpoint = folder.file("checkpoint");
  // In the middle of each phase in turn, and right behind a phase's end.
  for (const int batches : {5, 6, 7, 3}) {
    const pid_t child = ::fork();
    if (child == 0) {
      int left = batches;
      RetrainListener listener;
      listener.batch = [&] {
        if (--left == 0) ::raise(SIGKILL);
      };
      retrain(graph, options, images, images, listener);
      ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the run was not long enough to be killed";
  }
  const RetrainOutcome resumed = retrain(graph, options, images, images);
  options.checkpoint.clear();
  const RetrainOutcome whole = retrain(graph, options, images, images);
  EXPECT_EQ(resumed.network, whole.network);
  EXPECT_EQ(resumed.final_ratio, whole.final_ratio);
  ASSERT_EQ(resumed.epochs.size(), whole.epochs.size());
  for (std::size_t i = 0; i < whole.epochs.size(); ++i) {
    EXPECT_EQ(resumed.epochs[i].training.loss, whole.epochs[i].training.loss) << i;
  }
}

TEST(Retraining, RefusesACheckpointOfOtherOptions) {
  const LabelledImages images = colour_images(32);
  const TemporaryFolder folder;
  RetrainOptions options = quick();
  options.epochs = 1;
  options.checkpoint = folder.file("checkpoint");
  retrain(small_vgg(12, 4), options, images, images);
  options.rate *= 2;
  EXPECT_USER_ERROR(retrain(small_vgg(12, 4), options, images, images), HasSubstr("other options"));
  folder.write("checkpoint", "escalate checkpoint 1\n{}");
  EXPECT_USER_ERROR(retrain(small_vgg(12, 4), options, images, images), HasSubstr("whole"));
}

TEST(Retraining, RefusesWhatDoesNotFit) {
  const LabelledImages images = colour_images(32);
  RetrainOptions options = quick();
  EXPECT_USER_ERROR(retrain(small_vgg(14), options, images, images), HasSubstr("input size"));
  options.int8_epochs = options.epochs + 1;
  EXPECT_USER_ERROR(retrain(small_vgg(), options, images, images), HasSubstr("at most 2"));
  options.int8_epochs = options.epochs = 0;
  EXPECT_USER_ERROR(retrain(small_vgg(), options, images, images), HasSubstr("nothing to train"));
  options.epochs = 1;
  options.scratch_epochs = 1;
  options.distillation = 0.5;
  EXPECT_USER_ERROR(retrain(small_vgg(), options, images, images), HasSubstr("to learn from"));
}

TEST(Checkpoint, ComesBackAsItWasWritten) {
  const TemporaryFolder folder;
  Checkpoint checkpoint;
  checkpoint.info["epoch"] = 3;
  checkpoint.network = std::string("some\nbytes\0", 11);
  checkpoint.tensors["a"] = at::arange(6, at::kFloat).reshape({2, 3});
  checkpoint.tensors["b"] = at::full({1}, 1.0 / 3, at::kDouble);
  write_checkpoint(checkpoint, folder.file("file"));
  const Checkpoint read = read_checkpoint(folder.file("file"));
  EXPECT_EQ(read.info, checkpoint.info);
  EXPECT_EQ(read.network, checkpoint.network);
  EXPECT_TRUE(at::equal(read.tensors.at("a"), checkpoint.tensors.at("a")));
  EXPECT_TRUE(at::equal(read.tensors.at("b"), checkpoint.tensors.at("b")));
}

TEST(Checkpoint, OfShapesThatCannotBeIsRefused) {
  const TemporaryFolder folder;
  for (const char* shape : {"[-1]", "[-1, -6]", "[4611686018427387904, 4]", "[1e3]", "[[1]]"}) {
    const std::string path = folder.write(
        "file", std::string("escalate checkpoint 1\n{\"info\": {}, \"network_bytes\": 0, "
                            "\"tensors\": [{\"name\": \"a\", \"double\": false, \"shape\": ") +
                    shape + "}]}\n123456789012345678901234");
    EXPECT_USER_ERROR(read_checkpoint(path), HasSubstr("whole checkpoint")) << shape;
  }
}

}  // namespace
}  // namespace escalate
