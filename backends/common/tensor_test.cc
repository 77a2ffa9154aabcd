#include "common/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace sluice::backends {
namespace {

using testing::HasSubstr;

constexpr std::int64_t far = std::int64_t{1} << 62;

sluice_nn_tensor shape(std::uint32_t type, const std::vector<std::int64_t>& dims) {
  return make_port("x", type, dims).shape;
}

TEST(Tensor, CountsBytes) {
  EXPECT_EQ(dense_bytes(shape(SLUICE_NN_F32, {2, 3})), 24U);
  EXPECT_EQ(dense_bytes(shape(SLUICE_NN_F16, {})), 2U);
  EXPECT_EQ(dense_bytes(shape(SLUICE_NN_U8, {0, far, far})), 0U);
  EXPECT_EQ(dense_bytes(shape(SLUICE_NN_U8, {far, 2})), std::nullopt);
  EXPECT_EQ(dense_bytes(shape(SLUICE_NN_I64, {-1})), std::nullopt);
  EXPECT_EQ(dense_bytes(make_port_of_any_rank("x", SLUICE_NN_F32).shape), std::nullopt);
}

TEST(Tensor, IsDescribedForPeople) {
  EXPECT_EQ(describe(shape(SLUICE_NN_I64, {1, -7})), "i64 [1, ?]");
  EXPECT_EQ(describe(shape(SLUICE_NN_F64, {})), "f64 []");
  EXPECT_EQ(describe(make_port_of_any_rank("x", SLUICE_NN_ANY_TYPE).shape), "any type of any shape");
}

TEST(Tensor, OfMoreDimensionsThanThereAreIsOfAnotherType) {
  const Port port = make_port("x", SLUICE_NN_F32, std::vector<std::int64_t>(9, 1));
  EXPECT_EQ(port.shape.type, std::uint32_t{SLUICE_NN_OTHER_TYPE});
  EXPECT_EQ(port.shape.rank, SLUICE_NN_ANY_RANK);
}

TEST(Tensor, FitsWhatIsLeftOpen) {
  sluice_nn_tensor tensor = shape(SLUICE_NN_F32, {2, 3});
  const char data[24] = {};
  tensor.data = data;
  tensor.bytes = sizeof data;
  EXPECT_TRUE(check_input(0, make_port("x", SLUICE_NN_F32, std::vector<std::int64_t>{2, -1}), tensor));
  EXPECT_TRUE(check_input(0, make_port_of_any_rank("x", SLUICE_NN_ANY_TYPE), tensor));
  EXPECT_FALSE(check_input(0, make_port_of_any_rank("x", SLUICE_NN_I32), tensor));
  const auto other = check_input(3, make_port_of_any_rank("x", SLUICE_NN_OTHER_TYPE), tensor);
  EXPECT_EQ(other.error().status, SLUICE_NN_UNSUPPORTED);
  EXPECT_THAT(other.error().text, HasSubstr("input 3 (x)"));
}

TEST(Tensor, OfImpossibleShapeIsNoOutput) {
  EXPECT_EQ(make_output(0, SLUICE_NN_F32, std::vector<std::int64_t>{far, 4}, nullptr).error().status,
            SLUICE_NN_BROKEN);
  EXPECT_EQ(make_output(0, SLUICE_NN_OTHER_TYPE, {}, nullptr).error().status, SLUICE_NN_UNSUPPORTED);
  EXPECT_EQ(make_output(0, SLUICE_NN_F32, std::vector<std::int64_t>{2}, nullptr)->bytes, 8U);
}

}  // namespace
}  // namespace sluice::backends
