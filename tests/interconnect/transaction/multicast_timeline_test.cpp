#include "interconnect/transaction/multicast_timeline.h"

#include <gtest/gtest.h>

namespace escalate {
namespace {

MachineConfig machine_with_network(int bytes) {
  MachineConfig machine;
  machine.network_bytes = bytes;
  return machine;
}

TEST(MulticastTimeline, SendsOneEntryAtATimeAndShowsItWhenAllOfItIsSent) {
  MulticastTimeline network(machine_with_network(16));
  EXPECT_EQ(network.send(16, 0, 0), 1);
  EXPECT_EQ(network.send(17, 0, 0), 3);    // two cycles from 1
  EXPECT_EQ(network.send(1, 0, 0), 4);     // never less than one
  EXPECT_EQ(network.send(40, 10, 0), 13);  // waits for its pass
  EXPECT_EQ(network.send(16, 0, 20), 21);  // waits for room
  EXPECT_EQ(network.free(), 21);
  EXPECT_EQ(network.busy_cycles(), 1 + 2 + 1 + 3 + 1);
}

TEST(MulticastTimeline, TakesNoTimeIfItIsIdeal) {
  MachineConfig machine = machine_with_network(16);
  machine.ideal.input = true;
  MulticastTimeline network(machine);
  EXPECT_EQ(network.send(100, 5, 0), 5);
  EXPECT_EQ(network.send(100, 5, 0), 5);
  EXPECT_EQ(network.send(100, 5, 9), 9);
  EXPECT_EQ(network.busy_cycles(), 0);
}

}  // namespace
}  // namespace escalate
