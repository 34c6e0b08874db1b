// What a sweep does when there is no more room for its store.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "common/atomic_file.h"
#include "common/child_process.h"
#include "common/error.h"
#include "sweep/runner.h"
#include "sweep/summary.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::HasSubstr;

class LongResults : public SweepEvaluator {
 public:
  std::string version() const override { return "long"; }
  std::string content(const SweepPoint& point) override {
    return fields_to_json(point.settings.config).dump();
  }
  void prepare(const SweepPoint&) override {}
  SweepRecord evaluate(const SweepPoint& point) override {
    SweepRecord record;
    record.values["cycles"] = 1000.0 / point.settings.config.machine.blocks;
    record.values["energy_pj"] = point.settings.config.machine.blocks;
    record.result["rest"] = std::string(5000, 'r');
    return record;
  }
};

class FullDisk : public testing::Test {
 protected:
  void SetUp() override {
    write_file(folder_.file("net.yaml"), "");
    write_file(folder_.file("s.yaml"),
               "workloads: [net.yaml]\naxes: {blocks: {range: [1, 30, 1]}}\n");
    spec_ = read_sweep_spec(folder_.file("s.yaml"));
    run(folder_.file("whole.sqlite"));
  }
  SweepCounts run(const std::string& path) {
    SweepStore store(path);
    LongResults formula;
    LocalEngine engine(formula, 2, {60, 1000});
    SweepOptions options;
    options.quiet = true;
    return run_sweep(spec_, store, formula, engine, options);
  }
  std::string csv(const std::string& path) {
    SweepStore store(path);
    return all_points(spec_, store.members(1)).csv();
  }
  // Runs in a child with that room for a file; "" or the user error.
  std::string run_in(rlim_t bytes, const std::string& path) {
    return in_child_process([&]() -> std::string {
      std::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{bytes, bytes};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      try {
        run(path);
        return "";
      } catch (const UserError& error) {
        return error.what();
      }
    });
  }
  TemporaryFolder folder_;
  SweepSpec spec_;
};

TEST_F(FullDisk, StopsTheSweepWhichGoesOnWhenThereIsRoom) {
  const std::string path = folder_.file("full.sqlite");
  int failures = 0;
  for (rlim_t kib = 4; kib <= 1024; kib *= 2) {
    const std::string error = run_in(kib << 10, path);
    failures += error.empty() ? 0 : 1;
    if (!error.empty()) {
      EXPECT_THAT(error, HasSubstr("full.sqlite"));
    }
  }
  EXPECT_GE(failures, 4);
  run(path);
  EXPECT_EQ(csv(path), csv(folder_.file("whole.sqlite")));
}

// A file system of `kib` of its own at `folder`, seen by this process alone.
bool mount_small(const std::string& folder, int kib) {
  const auto user = ::getuid();
  const auto group = ::getgid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  const auto write_text = [](const char* path, const std::string& text) {
    const int file = ::open(path, O_WRONLY);
    const bool good = file >= 0 && ::write(file, text.data(), text.size()) == ssize_t(text.size());
    if (file >= 0) ::close(file);
    return good;
  };
  write_text("/proc/self/setgroups", "deny");
  write_text("/proc/self/uid_map", "0 " + std::to_string(user) + " 1");
  write_text("/proc/self/gid_map", "0 " + std::to_string(group) + " 1");
  const std::string size = "size=" + std::to_string(kib) + "k";
  return ::mount("tmpfs", folder.c_str(), "tmpfs", 0, size.c_str()) == 0;
}

TEST_F(FullDisk, OnARealFileSystemKeepsWhatIsFinished) {
  const std::string folder = folder_.file("small");
  std::filesystem::create_directory(folder);
  const std::string said = in_child_process([&]() -> std::string {
    if (!mount_small(folder, 256)) return "not permitted";
    const std::string path = folder + "/full.sqlite";
    std::string first;
    try {
      run(path);
    } catch (const UserError& error) {
      first = error.what();
    }
    const auto finished = [&] {
      SweepStore store(path);
      int done = 0;
      for (const SweepMember& member : store.members(1)) done += member.record ? 1 : 0;
      return done;
    };
    const int before = finished();
    ::mount("tmpfs", folder.c_str(), "tmpfs", MS_REMOUNT, "size=4096k");
    const SweepCounts counts = run(path);
    return first + "\n" + std::to_string(before) + " kept, " + std::to_string(counts.ran) +
           " ran\n" + csv(path);
  });
  if (said == "not permitted") GTEST_SKIP() << "SKIPPED: no file system may be mounted here";
  EXPECT_THAT(said, HasSubstr("full.sqlite: the store of the sweep: database or disk is full"));
  const int kept = std::stoi(said.substr(said.find('\n') + 1));
  EXPECT_GT(kept, 0);
  EXPECT_LT(kept, 30);
  EXPECT_THAT(said, HasSubstr(std::to_string(kept) + " kept, " + std::to_string(30 - kept) +
                              " ran\n" + csv(folder_.file("whole.sqlite"))));
}

TEST_F(FullDisk, OnAReadOnlyFileSystemAStoreIsShownAndNotRun) {
  const std::string folder = folder_.file("small");
  std::filesystem::create_directory(folder);
  const std::string said = in_child_process([&]() -> std::string {
    if (!mount_small(folder, 4096)) return "not permitted";
    const std::string path = folder + "/s.sqlite";
    run(path);
    ::mount("tmpfs", folder.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr);
    const SweepStore store(path, StoreAccess::kRead);
    std::string text = all_points(spec_, store.members(1)).csv();
    for (const std::string& file : {path, folder + "/new.sqlite"}) {
      try {
        run(file);
        text += "ran\n";
      } catch (const UserError& error) {
        text += error.what() + std::string("\n");
      }
    }
    return text;
  });
  if (said == "not permitted") GTEST_SKIP() << "SKIPPED: no file system may be mounted here";
  EXPECT_EQ(said, csv(folder_.file("whole.sqlite")) + folder +
                      "/s.sqlite: the store of the sweep cannot be written\n" + folder +
                      "/new.sqlite: the store of the sweep: unable to open database file\n");
}

}  // namespace
}  // namespace escalate
