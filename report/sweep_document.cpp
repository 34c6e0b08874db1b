#include "report/sweep_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "common/enum_names.h"
#include "common/quantity_text.h"
#include "report/object_reader.h"

namespace escalate {
namespace {

using Texts = std::vector<std::string>;

void check_known(const Texts& known, const std::string& name, const std::string& file,
                 const std::string& key) {
  if (!contains(known, name)) {
    throw UserError({file, 0, key}, "'" + name + "' is none of the file's own");
  }
}

std::string text_at(const ObjectReader& reader, const std::string& name) {
  std::string text;
  reader.read(name, text);
  return text;
}

Texts texts_at(const ObjectReader& reader, const std::string& name, const std::string& file) {
  Texts texts;
  reader.each(name, [&](const Json& json, const std::string& key) {
    if (!json.is_string()) throw UserError({file, 0, key}, "expected a text");
    texts.push_back(json.get<std::string>());
  });
  if (texts.empty()) throw UserError({file, 0, name}, "expected at least one");
  return texts;
}

/// What the lists of a sweep name, so that its points can be held against them.
struct Names {
  Texts workloads, axes, quantities;
};

void check_number(const Json& json, const std::string& file, const std::string& key) {
  if (!json.is_number()) throw UserError({file, 0, key}, "expected a number");
}

void check_point(const Json& json, const Names& names, const std::string& file,
                 const std::string& key) {
  const ObjectReader point(json, file, key);
  std::int64_t number = 0;
  point.read("number", number);
  check_known(names.workloads, text_at(point, "workload"), file, key + ".workload");
  text_at(point, "status");
  for (const char* flag : {"feasible", "pareto"}) {
    if (!point.member(flag).is_boolean()) {
      throw UserError({file, 0, key + "." + flag}, "expected true or false");
    }
  }
  const ObjectReader choice = point.object("choice");
  for (const std::string& axis : names.axes) choice.member(axis);
  point.object("values");
  for (const auto& value : json.at("values").items()) {
    check_number(value.value(), file, key + ".values." + value.key());
  }
}

Names check_lists(const ObjectReader& reader, const std::string& file) {
  Names names;
  names.workloads = texts_at(reader, "workloads", file);
  reader.each("axes", [&](const Json& json, const std::string& key) {
    const ObjectReader axis(json, file, key);
    names.axes.push_back(text_at(axis, "key"));
    axis.each("values", [](const Json&, const std::string&) {});
  });
  reader.each("quantities", [&](const Json& json, const std::string& key) {
    const ObjectReader quantity(json, file, key);
    names.quantities.push_back(text_at(quantity, "name"));
    text_at(quantity, "unit");
  });
  for (const std::string& objective : texts_at(reader, "objectives", file)) {
    check_known(names.quantities, objective, file, "objectives");
  }
  reader.each("constraints", [&](const Json& json, const std::string& key) {
    const ObjectReader constraint(json, file, key);
    check_known(names.quantities, text_at(constraint, "quantity"), file, key + ".quantity");
    text_at(constraint, "relation");
    check_number(constraint.member("bound"), file, key + ".bound");
  });
  return names;
}

std::string bare(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// 12 for 12.0: counts and parameters are whole mostly. Large numbers have no exponent.
std::string number_text(const Json& value) {
  if (!value.is_number_float()) return bare(value);
  const double number = value.get<double>();
  return std::abs(number) >= 1e6 ? fmt::format("{:.0f}", number) : fmt::format("{:.10g}", number);
}

/// Names of the quantities that a table shows, in the order of the file's list.
Texts shown_quantities(const Json& sweep, SweepPoints which) {
  Texts wanted;
  for (const Json& name : sweep.at("objectives")) wanted.push_back(name.get<std::string>());
  for (const Json& constraint : sweep.at("constraints")) {
    wanted.push_back(constraint.at("quantity").get<std::string>());
  }
  wanted.emplace_back("area_mm2");
  Texts names;
  for (const Json& quantity : sweep.at("quantities")) {
    const auto name = quantity.at("name").get<std::string>();
    if (which == SweepPoints::kAll || contains(wanted, name)) names.push_back(name);
  }
  return names;
}

std::string unit_of(const Json& sweep, const std::string& name) {
  for (const Json& quantity : sweep.at("quantities")) {
    if (quantity.at("name") == name) return quantity.at("unit").get<std::string>();
  }
  return "";
}

}  // namespace

void check_sweep(const Json& sweep, const std::string& file) {
  const ObjectReader reader(sweep, file, "");
  const std::string schema = text_at(reader, "schema");
  if (schema != kSweepDocumentSchema) {
    throw UserError({file, 0, "schema"},
                    fmt::format("expected '{}', got '{}'", kSweepDocumentSchema, schema));
  }
  text_at(reader, "name");
  text_at(reader, "strategy");
  const Names names = check_lists(reader, file);
  reader.each("points", [&](const Json& point, const std::string& key) {
    check_point(point, names, file, key);
  });
  reader.each("sensitivity", [&](const Json& json, const std::string& key) {
    const ObjectReader line(json, file, key);
    check_known(names.workloads, text_at(line, "workload"), file, key + ".workload");
    check_known(names.axes, text_at(line, "axis"), file, key + ".axis");
    const Json& value = line.member("value");
    if (!value.is_number() && !value.is_string()) {
      throw UserError({file, 0, key + ".value"}, "expected a number or a text");
    }
    line.object("relative");  // an object, or an error
    for (const auto& [objective, relative] : line.member("relative").items()) {
      check_number(relative, file, key + ".relative." + objective);
    }
  });
}

Table sweep_table(const Json& sweep, SweepPoints which) {
  const Texts quantities = shown_quantities(sweep, which);
  std::vector<Table::Column> columns = {{"point", Align::kRight}, {"workload"}, {"status"}};
  for (const Json& axis : sweep.at("axes")) {
    columns.push_back({axis.at("key").get<std::string>(), Align::kRight});
  }
  for (const std::string& name : quantities) {
    const std::string unit = unit_of(sweep, name);
    if (which == SweepPoints::kFront) {
      columns.push_back({quantity_title(name), Align::kRight});
    } else {
      columns.push_back({name, Align::kRight, unit == name ? "" : unit});
    }
  }
  if (which == SweepPoints::kAll) {
    columns.push_back({"feasible"});
    columns.push_back({"pareto"});
  }
  Table table(columns);
  for (const Json& point : sweep.at("points")) {
    if (which == SweepPoints::kFront && !point.at("pareto").get<bool>()) continue;
    const bool is_base = point.contains("base") && point.at("base") == true;
    const bool is_marked = is_base && which == SweepPoints::kFront;
    std::vector<Table::Cell> row = {bare(point.at("number")) + (is_marked ? " (base)" : ""),
                                    bare(point.at("workload")), bare(point.at("status"))};
    for (const Json& axis : sweep.at("axes")) {
      row.emplace_back(number_text(point.at("choice").at(axis.at("key").get<std::string>())));
    }
    const Json& values = point.at("values");
    for (const std::string& name : quantities) {
      row.emplace_back(!values.contains(name) ? ""
                       : which == SweepPoints::kAll
                           ? number_text(values.at(name))
                           : quantity_text(values.at(name).get<double>(), unit_of(sweep, name)));
    }
    if (which == SweepPoints::kAll) {
      row.emplace_back(bare(point.at("feasible")));
      row.emplace_back(bare(point.at("pareto")));
    }
    table.add_row(std::move(row));
  }
  return table;
}

std::string sweep_summary(const Json& sweep) {
  const Json& points = sweep.at("points");
  const auto count = [&](auto&& is_one) {
    return std::count_if(points.begin(), points.end(), is_one);
  };
  std::string text = fmt::format(
      "sweep '{}': {} points, {} done, {} feasible, {} on the Pareto front", bare(sweep.at("name")),
      points.size(), count([](const Json& p) { return p.at("status") == "done"; }),
      count([](const Json& p) { return p.at("feasible").get<bool>(); }),
      count([](const Json& p) { return p.at("pareto").get<bool>(); }));
  for (const Json& constraint : sweep.at("constraints")) {
    text += fmt::format("; {} {} {}", bare(constraint.at("quantity")),
                        bare(constraint.at("relation")), number_text(constraint.at("bound")));
  }
  return text;
}

}  // namespace escalate
