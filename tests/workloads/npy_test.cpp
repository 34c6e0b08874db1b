#include "workloads/npy.h"

#include "../support/expect_user_error.h"
#include "../support/npy_text.h"
#include "../support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class Npy : public testing::Test {
 protected:
  NpyFile open(const std::string& contents) {
    return NpyFile(folder_.write("tensor.npy", contents));
  }
  static std::string header(const std::string& descr, const std::string& order,
                            const std::string& shape) {
    return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  }
  TemporaryFolder folder_;
};

TEST_F(Npy, ReadsElementsOfAFloatTensorInCOrder) {
  const NpyFile file = open(npy_float("(2, 3)", {1, 2, 3, 4.5f, -5, 6}));
  EXPECT_EQ(file.description(), "float32 [2][3]");
  EXPECT_THAT(file.read_floats(2, 3), ElementsAre(3, 4.5f, -5));
}

TEST_F(Npy, ReadsSignedUnsignedAndTruthBytes) {
  const std::string bytes = "\xff\x01";
  EXPECT_THAT(open(npy_with_header(header("|i1", "False", "(2,)"), bytes)).read_floats(0, 2),
              ElementsAre(-1, 1));
  EXPECT_THAT(open(npy_with_header(header("|u1", "False", "(2,)"), bytes)).read_floats(0, 2),
              ElementsAre(255, 1));
  EXPECT_THAT(open(npy_with_header(header("|b1", "False", "(2,)"), bytes)).read_int8(0, 2),
              ElementsAre(1, 1));
}

TEST_F(Npy, ReadsFormatVersionsTwoAndThreeAndAScalar) {
  for (const char version : {2, 3}) {
    const NpyFile file = open(npy_with_header(header("|i1", "False", "(1, 2)"), "ab", version));
    EXPECT_THAT(file.read_int8(0, 2), ElementsAre('a', 'b'));
  }
  EXPECT_EQ(open(npy_with_header(header("|i1", "False", "()"), "a")).num_elements(), 1);
}

TEST_F(Npy, NeedsEveryKeyOfTheHeaderOnce) {
  EXPECT_USER_ERROR(open(npy_with_header("{'descr': '|i1', 'fortran_order': False}", "a")),
                    HasSubstr("expected the keys descr, fortran_order and shape"));
  EXPECT_USER_ERROR(
      open(npy_with_header("{'descr': '|i1', 'descr': '|i1', 'fortran_order': False, 'shape': ()}",
                           "a")),
      HasSubstr("malformed .npy header"));
}

TEST_F(Npy, RefusesAMissingFileAFolderAndAnotherFormat) {
  EXPECT_USER_ERROR(NpyFile("/no/such.npy"), HasSubstr("/no/such.npy: cannot open"));
  EXPECT_USER_ERROR(NpyFile(folder_.path().string()), HasSubstr("is a folder"));
  EXPECT_USER_ERROR(open("PK\x03\x04 and so on"), HasSubstr("is not an .npy file"));
  EXPECT_USER_ERROR(open(npy_with_header("{}", "", 4)), HasSubstr("format version 4"));
}

TEST_F(Npy, NamesTheExpectedSizeOfATruncatedOrTooLongFile) {
  const std::string whole = npy_float("(2, 3)", {1, 2, 3, 4, 5, 6});
  EXPECT_USER_ERROR(
      open(whole.substr(0, whole.size() - 1)),
      AllOf(HasSubstr("is truncated: 151 bytes; expected 152"), HasSubstr("float32 [2][3]")));
  EXPECT_USER_ERROR(open(whole + "x"), HasSubstr("is too long: 153 bytes"));
  EXPECT_USER_ERROR(open(whole.substr(0, 40)), HasSubstr("truncated within its header"));
}

TEST_F(Npy, RefusesFortranOrderOtherTypesAndBrokenHeaders) {
  EXPECT_USER_ERROR(open(npy_with_header(header("|i1", "True", "(1,)"), "a")),
                    HasSubstr("Fortran order; expected C order"));
  EXPECT_USER_ERROR(open(npy_with_header(header("<f8", "False", "(1,)"), "12345678")),
                    AllOf(HasSubstr("'<f8'"), HasSubstr("float32 (<f4)")));
  EXPECT_USER_ERROR(open(npy_with_header(header("|i1", "False", "(-1,)"), "")),
                    HasSubstr("malformed .npy header"));
  EXPECT_USER_ERROR(
      open(npy_with_header(header("|i1", "False", "(99999999, 99999999, 99999999)"), "")),
      HasSubstr("malformed .npy header"));
  EXPECT_USER_ERROR(open(npy_with_header("{'descr': '|i1'", "")),
                    HasSubstr("malformed .npy header"));
}

}  // namespace
}  // namespace escalate
