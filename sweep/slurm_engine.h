// The points of a sweep as tasks of Slurm job arrays.
#pragma once

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "sweep/engine.h"
#include "sweep/slurm_client.h"

namespace escalate {

/// Many points a task; each task reads one file and writes one, in a folder that all machines see.
/// What comes back is checked line by line and told at once. Points of tasks that were lost or
/// killed are submitted again, in smaller tasks; those that three times in a row nothing came back
/// from have failed.
class SlurmEngine : public SweepEngine {
 public:
  struct Options {
    std::string folder;               ///< for its files; removed when nothing is left in it
    std::vector<std::string> worker;  ///< command that runs a task file, given as last word
    std::string version;              ///< version of the program
    int most_at_once = 0;             ///< tasks; 0: as many as there is room for
    int points_per_task = 50;         ///< at most
    std::vector<std::string> sbatch;  ///< more options of it
    double poll_s = 1;                ///< between questions to Slurm
  };
  SlurmEngine(const SweepSpec& spec, SlurmClient& client, Options options)
      : spec_(spec), client_(client), options_(std::move(options)) {}
  void run(const SweepWork& work) override;
  std::size_t points_at_once() const override { return std::numeric_limits<std::size_t>::max(); }

 private:
  const SweepSpec& spec_;
  SlurmClient& client_;
  Options options_;
};

}  // namespace escalate
