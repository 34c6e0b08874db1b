// Slurm as its users see it: sbatch, squeue, scancel.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace escalate {

/// A job array.
struct SlurmArray {
  std::string name;
  std::string script;                ///< path
  int tasks = 1;                     ///< numbered from 0
  int most_at_once = 0;              ///< 0: as many as there is room for
  std::string log;                   ///< path of each task's output; %a is its number
  std::vector<std::string> options;  ///< more options of sbatch
};

class SlurmClient {
 public:
  virtual ~SlurmClient() = default;
  /// Returns the job's id. UserError with what sbatch says.
  virtual std::string submit(const SlurmArray& array);
  /// Tasks that wait or run; none if Slurm does not answer.
  virtual std::optional<int> unfinished(const std::string& job);
  virtual void cancel(const std::string& job);
};

}  // namespace escalate
