#include "model/counters.h"

namespace understudy::model {

GroupCounters& GroupCounters::operator+=(const GroupCounters& other) {
  for (std::size_t reason = 0; reason < kReasonCount; ++reason) {
    for (std::size_t format = 0; format < kFormatCount; ++format)
      answers[reason][format] += other.answers[reason][format];
    files_sent[reason] += other.files_sent[reason];
    files_unchanged[reason] += other.files_unchanged[reason];
  }
  preflights_allowed += other.preflights_allowed;
  preflights_refused += other.preflights_refused;
  return *this;
}

Counters& Counters::operator+=(const Counters& other) {
  for (const auto& [name, counters] : other.groups) groups[name] += counters;
  unmatched += other.unmatched;
  for (std::size_t fault = 0; fault < refused.size(); ++fault) refused[fault] += other.refused[fault];
  connections += other.connections;
  connections_accepted += other.connections_accepted;
  access_log_dropped += other.access_log_dropped;
  return *this;
}

}  // namespace understudy::model
