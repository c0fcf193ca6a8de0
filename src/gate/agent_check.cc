#include "gate/agent_check.h"

#include "base/text.h"

namespace understudy::gate {

AgentCheckStream::AgentCheckStream(Desk& desk) : desk_(desk) { ++desk_.counters().agent_check.connections; }

AgentCheckStream::~AgentCheckStream() { --desk_.counters().agent_check.connections; }

http::Stream::Step AgentCheckStream::on_bytes(std::string_view bytes, std::string& out) {
  const auto end = bytes.find('\n');
  const bool whole = end != std::string_view::npos;
  const std::string_view piece = bytes.substr(0, end);
  const bool fits = line_.size() + piece.size() <= kMostLine;
  if (fits) line_.append(piece);
  if (!whole && fits) return {bytes.size(), false};
  // One line is one check: what follows it is nobody's.
  answer(fits ? std::string_view(line_) : std::string_view(), out, fits ? Line::kRead : Line::kGarbage);
  return {bytes.size(), true};
}

http::Stream::Step AgentCheckStream::on_silence(std::string& out) {
  answer(line_, out, Line::kRead);
  return {0, true};
}

/// A check under way when the server goes down gets its answer: the next one finds nobody.
http::Stream::Step AgentCheckStream::on_drain(std::string& out) { return on_silence(out); }

void AgentCheckStream::answer(std::string_view line, std::string& out, Line kind) {
  std::string_view rest = trim_lines(line);
  const std::string_view group = take_until(rest, ' ');
  const std::string_view word = trim(rest);
  const bool sets_maint = word == "maint";
  const model::GroupState* state =
      kind == Line::kRead && (word.empty() || sets_maint) ? desk_.state(group) : nullptr;
  model::AgentCheckCounters& counters = desk_.counters().agent_check;
  if (state == nullptr) {
    ++counters.unknown;
    // Undoes what an earlier, right line may have done; a wrong one in "maint" is not told to be ready.
    out.append("up #understudy: no such group\n");
  } else if (state->mode == model::Mode::kMaintenance) {
    ++counters.stopped;
    out.append(sets_maint ? "maint" : "stopped").append(" #understudy: maintenance\n");
  } else {
    ++counters.up;
    out.append(sets_maint ? "ready\n" : "up\n");
  }
}

}  // namespace understudy::gate
