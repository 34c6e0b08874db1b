// Random damage to files, to see that readers take it well.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "common/random.h"

namespace escalate {

/// `text` with one to four faults: bytes changed, pieces cut out or doubled, the end cut off.
inline std::string damaged(std::string text, Random& random) {
  for (std::uint64_t faults = random.below(4) + 1; faults > 0 && !text.empty(); --faults) {
    const std::size_t at = random.below(text.size());
    const std::size_t size = random.below(8) + 1;
    switch (random.below(6)) {
      case 0:
        text.resize(at);
        break;
      case 1:
        text.erase(at, size);
        break;
      case 2:
        text.insert(at, text.substr(at, size));
        break;
      case 3:
        text[at] = static_cast<char>(text[at] ^ 1 << random.below(8));
        break;
      case 4:
        text[at] = text[random.below(text.size())];
        break;
      default:
        text[at] = static_cast<char>(random.below(256));
    }
  }
  return text;
}

/// Damage that leaves the bytes a readable message: some field of it, at any depth, is set to a
/// value that is extreme or belongs elsewhere, or an element of a list is dropped or moved.
class MessageDamage {
 public:
  MessageDamage(std::vector<std::string> words, Random& random)
      : words_(std::move(words)), random_(random) {}

  void apply(google::protobuf::Message& message) {
    using Field = google::protobuf::FieldDescriptor;
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    std::vector<const Field*> fields;
    reflection.ListFields(message, &fields);
    if (fields.empty()) return;
    const Field& field = *fields[random_.below(fields.size())];
    const bool is_message = field.cpp_type() == Field::CPPTYPE_MESSAGE;
    if (!field.is_repeated()) {
      if (random_.below(8) == 0) {
        reflection.ClearField(&message, &field);
      } else if (is_message) {
        apply(*reflection.MutableMessage(&message, &field));
      } else {
        set(message, field);
      }
      return;
    }
    const int size = reflection.FieldSize(message, &field);
    const int i = static_cast<int>(random_.below(static_cast<std::uint64_t>(size)));
    switch (random_.below(is_message ? 12 : 3)) {
      case 0:
        reflection.RemoveLast(&message, &field);
        break;
      case 1:
        reflection.SwapElements(&message, &field, i, size - 1);
        break;
      default:
        if (is_message) {
          apply(*reflection.MutableRepeatedMessage(&message, &field, i));
        } else {
          set_repeated(message, field, i);
        }
    }
  }

 private:
  template <class Value>
  Value pick(std::initializer_list<Value> values) {
    return values.begin()[random_.below(values.size())];
  }
  std::int64_t number() {
    constexpr std::int64_t kOne = 1;
    return pick<std::int64_t>({0, 1, -1, 2, 3, 4, 7, 255, -128, kOne << 20, kOne << 31, kOne << 32,
                               (kOne << 32) + 3, kOne << 62, -kOne << 62, -kOne << 63});
  }
  float real() { return pick({0.0f, -0.0f, 1.0f, -1.0f, 1e-30f, 1e38f, 1.0f / 0.0f, 0.0f / 0.0f}); }
  std::string text(const std::string& present) {
    if (random_.below(2) == 0) return words_[random_.below(words_.size())];
    return damaged(present, random_);
  }

  void set(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field) {
    using Field = google::protobuf::FieldDescriptor;
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case Field::CPPTYPE_INT64:
        return reflection.SetInt64(&message, &field, number());
      case Field::CPPTYPE_INT32:
        return reflection.SetInt32(&message, &field, static_cast<std::int32_t>(number()));
      case Field::CPPTYPE_ENUM:
        return reflection.SetEnumValue(&message, &field, static_cast<int>(random_.below(12)));
      case Field::CPPTYPE_FLOAT:
        return reflection.SetFloat(&message, &field, real());
      case Field::CPPTYPE_STRING:
        return reflection.SetString(&message, &field, text(reflection.GetString(message, &field)));
      default:
        return;
    }
  }
  void set_repeated(google::protobuf::Message& message,
                    const google::protobuf::FieldDescriptor& field, int i) {
    using Field = google::protobuf::FieldDescriptor;
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case Field::CPPTYPE_INT64:
        return reflection.SetRepeatedInt64(&message, &field, i, number());
      case Field::CPPTYPE_FLOAT:
        return reflection.SetRepeatedFloat(&message, &field, i, real());
      case Field::CPPTYPE_STRING:
        return reflection.SetRepeatedString(&message, &field, i,
                                            text(reflection.GetRepeatedString(message, &field, i)));
      default:
        return;
    }
  }

  std::vector<std::string> words_;
  Random& random_;
};

}  // namespace escalate
