// What one question of HAProxy's offload engine costs the worker: NOTIFY in, decision, ACK out, without the
// socket. Prints a line a case; exit code 1 if answering allocates, which it must not.
//   build/release/bench/notify [SECONDS_PER_CASE]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "gate/desk.h"
#include "gate/spop_stream.h"
#include "gate/test_spop.h"

namespace {

using namespace understudy;

std::size_t allocations = 0;

std::shared_ptr<const model::Snapshot> snapshot(model::Mode mode, std::size_t networks) {
  auto policy = std::make_shared<model::GatePolicy>();
  policy->cookie.name = "BYPASS";
  std::vector<model::Network> all;
  for (std::size_t i = 0; i < networks; ++i) {
    all.push_back(model::parse_network("10." + std::to_string(i >> 8U & 255U) + "." +
                                       std::to_string(i & 255U) + ".0/24")
                      .value());
  }
  all.push_back(model::parse_network(networks > 0 ? "127.0.0.0/8" : "192.0.2.0/24").value());
  policy->networks.assign(std::move(all));
  model::Group group;
  group.name = "shop";
  group.id = "9e428b69-47e2-48b7-a694-bb2222bf48c3";
  group.gate = policy;
  model::GroupState state;
  state.mode = mode;
  auto made = std::make_shared<model::Snapshot>();
  made->table =
      std::make_shared<model::GroupTable>(1, std::vector{group}, model::GroupTable::kNone, model::Group{});
  made->states.reset(1);
  made->states.set(0, state);
  return made;
}

/// This thread's processor time: what else the machine does costs nothing here.
std::chrono::nanoseconds processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// Whether answering allocates nothing.
bool measure(const char* name, std::shared_ptr<const model::Snapshot> snapshot, std::chrono::seconds time) {
  constexpr std::size_t kBatch = 1000;
  const SystemClock clock;
  gate::Desk desk(std::move(snapshot), clock);
  gate::SpopStream stream(desk);
  std::string out;
  out.reserve(64 * 1024);  // as a worker's
  stream.on_bytes(gate::kSeenHello, out);
  out.clear();
  stream.on_bytes(gate::kSeenNotify, out);  // the group's counters are made
  const std::size_t before = allocations;
  std::size_t asked = 0;
  const auto start = processor_time();
  auto now = start;
  for (; now - start < time; now = processor_time()) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      out.clear();
      stream.on_bytes(gate::kSeenNotify, out);
    }
    asked += kBatch;
  }
  const double nanoseconds = std::chrono::duration<double, std::nano>(now - start).count();
  std::printf("%-36s %6.0f ns a question, %zu allocations in %zu\n", name,
              nanoseconds / static_cast<double>(asked), allocations - before, asked);
  return allocations == before;
}

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;  // NOLINT: this is the allocator
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }               // NOLINT
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }  // NOLINT

int main(int count, char** arguments) {
  const std::chrono::seconds time(count > 1 ? std::atoi(arguments[1]) : 1);
  bool well = measure("open", snapshot(model::Mode::kOpen, 0), time);
  well = measure("maintenance, blocked", snapshot(model::Mode::kMaintenance, 0), time) && well;
  well = measure("maintenance, one of 60,000 networks", snapshot(model::Mode::kMaintenance, 60'000), time) &&
         well;
  return well ? 0 : 1;
}
