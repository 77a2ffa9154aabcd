#include "store/memory.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

namespace sluice::store {
namespace {

using namespace std::chrono_literals;

Event event(std::string id, std::string data = "{}") {
  Event e;
  e.id = std::move(id);
  e.source = "test";
  e.type = "test.event";
  e.data = std::move(data);
  return e;
}

class MemoryInbox : public testing::Test {
 protected:
  Result<Accepted> put(MemoryStore& store, std::string id, std::string_view delivery) {
    return store.put({"app", "function"}, delivery, event(std::move(id)));
  }

  FakeClock clock_;
};

TEST_F(MemoryInbox, EventsComeInOrderAndOnce) {
  MemoryStore store(clock_);
  EXPECT_FALSE(store.lease().has_value());
  ASSERT_EQ(put(store, "a", "1").value(), Accepted::queued);
  ASSERT_EQ(put(store, "b", "2").value(), Accepted::queued);
  const auto first = store.lease();
  const auto second = store.lease();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->event.id, "a");
  EXPECT_EQ(first->to.app, "app");
  EXPECT_EQ(first->to.function, "function");
  EXPECT_EQ(first->attempt, 1U);
  EXPECT_EQ(second->event.id, "b");
  EXPECT_NE(first->id, second->id);
  EXPECT_FALSE(store.lease().has_value());
  EXPECT_EQ(store.counts().leased, 2U);
  store.acknowledge(first->id);
  store.acknowledge(first->id);
  EXPECT_EQ(store.counts().leased, 1U);
  EXPECT_EQ(store.counts().ready, 0U);
}

TEST_F(MemoryInbox, DeliveriesAreTakenOnceForEachApp) {
  MemoryStore store(clock_);
  ASSERT_EQ(put(store, "a", "1").value(), Accepted::queued);
  EXPECT_EQ(put(store, "again", "1").value(), Accepted::duplicate);
  EXPECT_EQ(store.put({"other", "function"}, "1", event("c")).value(), Accepted::queued);
  store.acknowledge(store.lease()->id);
  EXPECT_EQ(put(store, "handled already", "1").value(), Accepted::duplicate);
  EXPECT_EQ(put(store, "no id", "").value(), Accepted::queued);
  EXPECT_EQ(put(store, "no id", "").value(), Accepted::queued);
}

TEST_F(MemoryInbox, DeliveriesAreForgottenByAgeAndCount) {
  MemoryStore store(clock_, {.deliveries_max = 2, .delivery_age_max = 1h});
  ASSERT_EQ(put(store, "a", "1").value(), Accepted::queued);
  clock_.advance(61min);
  EXPECT_EQ(put(store, "b", "1").value(), Accepted::queued);
  ASSERT_EQ(put(store, "c", "2").value(), Accepted::queued);
  ASSERT_EQ(put(store, "d", "3").value(), Accepted::queued);
  EXPECT_EQ(put(store, "e", "3").value(), Accepted::duplicate);
  EXPECT_EQ(put(store, "f", "1").value(), Accepted::queued) << "three were remembered, two may be";
}

TEST_F(MemoryInbox, FullIsALimitAndStoresNothing) {
  MemoryStore store(clock_, {.events_max = 2});
  ASSERT_TRUE(put(store, "a", "1").has_value());
  ASSERT_TRUE(put(store, "b", "2").has_value());
  const auto refused = put(store, "c", "3");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::limit);
  const auto leased = store.lease();
  EXPECT_FALSE(put(store, "c", "3").has_value()) << "a leased event still counts";
  store.acknowledge(leased->id);
  EXPECT_EQ(put(store, "c", "3").value(), Accepted::queued) << "the refused delivery was not remembered";
  MemoryStore small(clock_, {.event_bytes_max = 10});
  EXPECT_FALSE(small.put({"app", "f"}, "1", event("a", "12345678901")).has_value());
  EXPECT_TRUE(small.put({"app", "f"}, "1", event("a", "1234567890")).has_value());
}

TEST_F(MemoryInbox, RetriesWaitAndCount) {
  MemoryStore store(clock_);
  ASSERT_TRUE(put(store, "a", "1").has_value());
  EXPECT_FALSE(store.next_due().has_value());
  store.retry(store.lease()->id, 10s, "no answer");
  EXPECT_EQ(store.counts().delayed, 1U);
  EXPECT_FALSE(store.lease().has_value());
  EXPECT_EQ(store.next_due(), clock_.monotonic() + 10s);
  clock_.advance(10s);
  const auto again = store.lease();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->event.id, "a");
  EXPECT_EQ(again->attempt, 2U);
  EXPECT_EQ(again->why, "no answer");
  store.retry(999, 1s, "no such lease");
  EXPECT_EQ(store.counts().delayed, 0U);
}

TEST_F(MemoryInbox, GivenBackAsIfNeverLeased) {
  MemoryStore store(clock_);
  ASSERT_TRUE(put(store, "a", "1").has_value());
  ASSERT_TRUE(put(store, "b", "2").has_value());
  store.give_back(store.lease()->id, 0ms);
  const auto again = store.lease();
  EXPECT_EQ(again->event.id, "a");
  EXPECT_EQ(again->attempt, 1U);
  store.give_back(again->id, 5ms);
  EXPECT_EQ(store.lease()->event.id, "b");
  EXPECT_FALSE(store.lease().has_value());
  clock_.advance(5ms);
  EXPECT_EQ(store.lease()->attempt, 1U);
}

TEST_F(MemoryInbox, DeadLettersAreKeptForAPerson) {
  MemoryStore store(clock_, {.events_max = 3, .dead_letters_max = 2});
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(put(store, id, id).has_value());
  store.retry(store.lease()->id, 0ms, "first");
  for (int i = 0; i < 3; ++i) store.bury(store.lease()->id, "broken " + std::to_string(i));
  const auto dead = store.dead_letters();
  ASSERT_EQ(dead.size(), 2U);
  EXPECT_EQ(dead[0].event.id, "b");
  EXPECT_EQ(dead[1].event.id, "c");
  EXPECT_EQ(dead[1].why, "broken 2");
  EXPECT_EQ(dead[1].attempts, 1U);
  EXPECT_EQ(dead[1].when, clock_.now());
  EXPECT_TRUE(put(store, "d", "d").has_value()) << "the dead take no place in the inbox";
}

TEST(MemoryKeyValues, GetSetRemove) {
  const FakeClock clock;
  MemoryStore store(clock);
  const KvLimits limits{8, 8, 2};
  EXPECT_EQ(store.get("s", "k"), std::nullopt);
  ASSERT_TRUE(store.set("s", "k", "v", limits).has_value());
  EXPECT_EQ(store.get("s", "k"), "v");
  EXPECT_EQ(store.get("t", "k"), std::nullopt) << "spaces are apart";
  ASSERT_TRUE(store.set("s", "k", "w", limits).has_value());
  EXPECT_EQ(store.get("s", "k"), "w");
  store.remove("s", "k");
  store.remove("s", "k");
  store.remove("none", "k");
  EXPECT_EQ(store.get("s", "k"), std::nullopt);
}

TEST(MemoryKeyValues, LimitsAreNamedAndStoreNothing) {
  const FakeClock clock;
  MemoryStore store(clock);
  const KvLimits limits{2, 3, 2};
  const auto why = [&](std::string_view key, std::string value) {
    const Status status = store.set("s", key, std::move(value), limits);
    EXPECT_EQ(status.error().code, ErrorCode::limit);
    return status.error().to_string();
  };
  EXPECT_NE(why("abc", "v").find("kv-key-bytes = 2"), std::string::npos);
  EXPECT_NE(why("a", "1234").find("kv-value-bytes = 3"), std::string::npos);
  ASSERT_TRUE(store.set("s", "a", "1", limits).has_value());
  ASSERT_TRUE(store.set("s", "b", "2", limits).has_value());
  EXPECT_NE(why("c", "3").find("kv-entries = 2"), std::string::npos);
  EXPECT_TRUE(store.set("s", "b", "3", limits).has_value()) << "replacing takes no place";
  EXPECT_NE(why("b", "1234").find("kv-value-bytes"), std::string::npos);
  EXPECT_EQ(store.get("s", "b"), "3");
  store.remove("s", "a");
  EXPECT_TRUE(store.set("s", "c", "3", limits).has_value());
}

// Producers, and workers who retry, give back, bury and acknowledge: each event is handled once, whoever it
// is by.
TEST(MemoryThreads, EachEventEndsOnce) {
  constexpr int producers = 3;
  constexpr int workers = 3;
  constexpr int events_each = 300;
  const SystemClock clock;
  MemoryStore store(clock);
  std::atomic<int> ended{0};
  std::mutex mutex;
  std::multiset<std::string> acknowledged;
  std::vector<std::jthread> threads;
  for (int p = 0; p < producers; ++p) {
    threads.emplace_back([&, p] {
      for (int i = 0; i < events_each; ++i) {
        const std::string id = std::to_string(p) + "/" + std::to_string(i);
        EXPECT_EQ(store.put({"app", "f"}, id, event(id)).value(), Accepted::queued);
        EXPECT_EQ(store.put({"app", "f"}, id, event(id)).value(), Accepted::duplicate);
        EXPECT_TRUE(store.set("space", id, "v", {100, 100, 10'000}).has_value());
        EXPECT_EQ(store.get("space", id), "v");
      }
    });
  }
  for (int w = 0; w < workers; ++w) {
    threads.emplace_back([&] {
      for (int turn = 0; ended < producers * events_each; ++turn) {
        const auto lease = store.lease();
        if (!lease) {
          std::this_thread::yield();
        } else if (turn % 5 == 0) {
          store.retry(lease->id, 0ms, "again");
        } else if (turn % 7 == 0) {
          store.give_back(lease->id, 1ms);
        } else {
          {
            const std::lock_guard lock(mutex);
            acknowledged.insert(lease->event.id);
          }
          if (turn % 3 == 0) {
            store.bury(lease->id, "no");
          } else {
            store.acknowledge(lease->id);
          }
          ++ended;
        }
        static_cast<void>(store.counts());
        static_cast<void>(store.next_due());
      }
    });
  }
  threads.clear();
  EXPECT_EQ(acknowledged.size(), static_cast<std::size_t>(producers * events_each));
  EXPECT_EQ(std::set<std::string>(acknowledged.begin(), acknowledged.end()).size(), acknowledged.size());
  const InboxCounts left = store.counts();
  EXPECT_EQ(left.ready + left.delayed + left.leased, 0U);
}

}  // namespace
}  // namespace sluice::store
