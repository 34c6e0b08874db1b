// What goes to another machine and comes back: points to run, and lines of their records. Files
// only, so that nothing but a folder is shared (docs/sweeps.md, "Slurm").
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/engine.h"

namespace escalate {

/// Some points of a sweep, for one process to run.
struct TaskFile {
  std::string version;  ///< version of the program that wrote it, and is to run it
  std::string results;  ///< path of the file for the records
  SweepSpec spec;       ///< with absolute paths of workloads
  std::vector<SweepTask> tasks;
};

void write_task_file(const std::string& path, const TaskFile& file);
/// UserError if it is none.
TaskFile read_task_file(const std::string& path);

/// One line of a file of records: checksum, key and record.
std::string record_line(const std::string& key, const SweepRecord& record);
/// The records of the whole lines of `text`; lines that were cut off or damaged are passed over.
/// UserError, which names `file`, if a line is whole and yet no record: another program wrote it.
std::map<std::string, SweepRecord> records_of_lines(std::string_view text,
                                                    const std::string& file = "");

/// Runs the points of a task file on this machine, `jobs` at a time, and appends each record to its
/// file, durably, as soon as it is there. UserError if the file was written by another program.
void run_task_file(const std::string& path, SweepEvaluator& evaluator, int jobs,
                   const std::function<bool()>& stop);

}  // namespace escalate
