// A sweep on a real Slurm of two nodes, both on this machine, that the test starts and stops.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "common/atomic_file.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

namespace fs = std::filesystem;

bool is_on_path(const std::string& program) {
  return std::system(fmt::format("command -v {} >/dev/null 2>&1", program).c_str()) == 0;
}

std::string contents_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool comes_true(const std::function<bool()>& condition, int seconds) {
  for (int i = 0; i < 20 * seconds; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

pid_t start(std::vector<std::string> words, const std::string& log) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

class LongSlurm : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* program : {"slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo"}) {
      if (!is_on_path(program)) GTEST_SKIP() << "SKIPPED: " << program << " is not installed";
    }
    char host[256] = {};
    ::gethostname(host, sizeof host - 1);
    host_ = std::string(host).substr(0, std::string(host).find('.'));
    addrinfo* address = nullptr;
    if (::getaddrinfo(host_.c_str(), nullptr, nullptr, &address) != 0) {
      GTEST_SKIP() << "SKIPPED: " << host_ << " has no address";
    }
    ::freeaddrinfo(address);
    write_configuration();
    ::setenv("SLURM_CONF", folder_.file("slurm.conf").c_str(), 1);
    daemons_.push_back(start({"slurmctld", "-D"}, folder_.file("ctld.log")));
    for (const char* node : {"n1", "n2"}) {
      daemons_.push_back(start({"slurmd", "-D", "-N", node}, folder_.file("slurmd.log")));
    }
    const auto both_idle = [&] {
      return std::system("test \"$(sinfo -h -o '%D %t' 2>/dev/null)\" = '2 idle'") == 0;
    };
    ASSERT_TRUE(comes_true(both_idle, 30))
        << contents_of(folder_.file("ctld.log")) << contents_of(folder_.file("slurmd.log"));
    write_file(folder_.file("s.yaml"), "workloads: [" + source_folder() +
                                           "/workloads/zoo/resnet20-cifar10.yaml]\n"
                                           "axes: {blocks: [2, 4, 6, 8], ca.lanes: [8, 16, 32],\n"
                                           "       mac.multipliers: [2, 3, 4, 5]}\n");
  }

  void TearDown() override {
    if (daemons_.empty()) return;
    std::system("scancel --full --state=RUNNING --state=PENDING >/dev/null 2>&1");
    for (const pid_t daemon : daemons_) ::kill(daemon, SIGTERM);
    std::this_thread::sleep_for(std::chrono::seconds(1));
    for (const pid_t daemon : daemons_) {
      ::kill(daemon, SIGKILL);
      ::waitpid(daemon, nullptr, 0);
    }
    ::unsetenv("SLURM_CONF");
  }

  void write_configuration() {
    const int port = 20000 + 4 * (::getpid() % 8000);
    const passwd* user = ::getpwuid(::getuid());
    std::string text = fmt::format(
        "ClusterName=test\nSlurmctldHost={0}(127.0.0.1)\nSlurmUser={1}\nSlurmdUser={1}\n"
        "SlurmctldPort={2}\nStateSaveLocation={3}/state\nSlurmdSpoolDir={3}/spool-%n\n"
        "SlurmctldPidFile={3}/ctld.pid\nSlurmdPidFile={3}/slurmd-%n.pid\n",
        host_, user == nullptr ? "root" : user->pw_name, port, folder_.path().string());
    text +=
        "AuthType=auth/none\nCredType=cred/none\nProctrackType=proctrack/linuxproc\n"
        "TaskPlugin=task/none\nJobAcctGatherType=jobacct_gather/none\n"
        "AccountingStorageType=accounting_storage/none\nSelectType=select/cons_tres\n"
        "SelectTypeParameters=CR_Core\nMpiDefault=none\nSwitchType=switch/none\nReturnToService=2\n"
        "SlurmdParameters=config_overrides\nSlurmdTimeout=3\nKillWait=1\n"
        "SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,"
        "bf_interval=1\n";
    for (int i = 1; i <= 2; ++i) {
      text += fmt::format("NodeName=n{} NodeHostname={} NodeAddr=127.0.0.1 Port={} CPUs=2\n", i,
                          host_, port + i);
    }
    text += "PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP\n";
    write_file(folder_.file("slurm.conf"), text);
    fs::create_directory(folder_.file("state"));
  }

  // A node as if its power had gone: its daemon and all that runs on it.
  void kill_node(const std::string& node, pid_t daemon) {
    ::kill(daemon, SIGKILL);
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const std::string environment = contents_of(entry.path() / "environ");
      if (environment.find("SLURMD_NODENAME=" + node) == std::string::npos) continue;
      if (environment.find(folder_.file("slurm.conf")) == std::string::npos) continue;
      ::kill(pid_t(std::stol(entry.path().filename())), SIGKILL);
    }
  }

  pid_t start_sweep(const std::vector<std::string>& options, const std::string& store) {
    const std::string program = build_folder() + "/escalate";
    std::vector<std::string> words = {program,
                                      "sweep",
                                      folder_.file("s.yaml"),
                                      "--store",
                                      folder_.file(store + ".sqlite"),
                                      "-o",
                                      folder_.file(store + ".csv")};
    words.insert(words.end(), options.begin(), options.end());
    return start(words, folder_.file(store + ".log"));
  }
  static int status_of(pid_t child) {
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string results_of(const std::string& store) {
    std::string text;
    std::error_code ignored;
    for (const auto& entry :
         fs::recursive_directory_iterator(folder_.file(store + ".sqlite.slurm"), ignored)) {
      if (entry.path().extension() == ".jsonl") text += contents_of(entry.path());
    }
    return text;
  }
  void expect_what_local_processes_give(const std::string& store) {
    ASSERT_EQ(status_of(start_sweep({"--jobs", "2"}, "local")), 0);
    EXPECT_EQ(contents_of(folder_.file(store + ".csv")), contents_of(folder_.file("local.csv")));
    EXPECT_FALSE(fs::exists(folder_.file(store + ".sqlite.slurm")));
  }

  TemporaryFolder folder_;
  std::string host_;
  std::vector<pid_t> daemons_;  // controller, n1, n2
};

TEST_F(LongSlurm, GivesWhatLocalProcessesGive) {
  const pid_t sweep = start_sweep({"--engine", "slurm", "--task-points", "6"}, "slurm");
  EXPECT_EQ(status_of(sweep), 0) << contents_of(folder_.file("slurm.log"));
  expect_what_local_processes_give("slurm");
}

TEST_F(LongSlurm, ANodeThatDiesInMidRunLosesNothing) {
  const pid_t sweep = start_sweep({"--engine", "slurm", "--task-points", "12"}, "slurm");
  ASSERT_TRUE(comes_true(
      [&] { return results_of("slurm").find("\"host\":\"n2\"") != std::string::npos; }, 60))
      << contents_of(folder_.file("slurm.log"));
  kill_node("n2", daemons_[2]);
  EXPECT_EQ(status_of(sweep), 0) << contents_of(folder_.file("slurm.log"));
  // The points that it had were lost indeed, and ran elsewhere.
  EXPECT_EQ(std::system("sinfo -h -n n2 -o %t | grep -q down"), 0);
  EXPECT_THAT(contents_of(folder_.file("slurm.log")), testing::HasSubstr("48 done, 0 failed"));
  expect_what_local_processes_give("slurm");
}

TEST_F(LongSlurm, TheSweepItselfMayBeKilledAndGoesOn) {
  const pid_t first = start_sweep({"--engine", "slurm", "--task-points", "12"}, "slurm");
  ASSERT_TRUE(comes_true([&] { return !results_of("slurm").empty(); }, 60));
  ::kill(first, SIGKILL);
  status_of(first);
  const pid_t second = start_sweep({"--engine", "slurm", "--task-points", "12"}, "slurm");
  EXPECT_EQ(status_of(second), 0) << contents_of(folder_.file("slurm.log"));
  EXPECT_THAT(contents_of(folder_.file("slurm.log")), testing::HasSubstr(" ran now"));
  expect_what_local_processes_give("slurm");
}

}  // namespace
}  // namespace escalate
