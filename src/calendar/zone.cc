#include "calendar/zone.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>

#include <fmt/format.h>

#include "base/text.h"

namespace understudy::calendar {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

constexpr std::string_view kFolder = "/usr/share/zoneinfo/";
constexpr std::size_t kLongestName = 64;

/// Big-endian numbers, checked against the end.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::string_view rest() const { return rest_; }

  std::string_view take(std::size_t size) {
    if (size > rest_.size()) {
      good_ = false;
      return {};
    }
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::int64_t number(std::size_t size) {
    const auto bytes = take(size);
    if (bytes.empty()) return 0;
    std::uint64_t value = (static_cast<unsigned char>(bytes[0]) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
    for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(value);
  }
  std::size_t size() { return static_cast<std::uint32_t>(number(4)); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

/// The six counts of a TZif header.
struct Header {
  char version = 0;
  std::size_t utc_marks = 0, standard_marks = 0, leaps = 0, changes = 0, faces = 0, names = 0;

  [[nodiscard]] std::size_t body_size(std::size_t time_size) const {
    return changes * (time_size + 1) + faces * 6 + names + leaps * (time_size + 4) + standard_marks +
           utc_marks;
  }
};

std::optional<Header> take_header(Bytes& bytes) {
  if (bytes.take(4) != "TZif") return std::nullopt;
  Header header;
  const auto version = bytes.take(1);
  bytes.take(15);
  for (std::size_t* count : {&header.utc_marks, &header.standard_marks, &header.leaps, &header.changes,
                             &header.faces, &header.names}) {
    *count = bytes.size();
    if (*count > 100'000) return std::nullopt;
  }
  if (!bytes.good()) return std::nullopt;
  header.version = version[0];
  return header;
}

/// An IANA name, which is a path below the folder too: no way out of it, and none of the other collections.
bool is_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName || !is_alpha(name.front())) return false;
  for (const std::string_view other : {"posix/", "right/", "localtime", "posixrules"}) {
    if (name.starts_with(other)) return false;
  }
  return std::all_of(name.begin(), name.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '/' || c == '_' || c == '-' || c == '+';
  });
}

std::optional<std::string> read_all(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// All names, from the file of the database that lists them with their aliases.
const std::vector<std::string>& all_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    const std::string list = read_all(std::string(kFolder) + "tzdata.zi").value_or("");
    std::string_view rest = list;
    while (!rest.empty()) {
      std::string_view line = take_until(rest, '\n');
      const bool zone = line.starts_with("Z ");
      if (!zone && !line.starts_with("L ")) continue;
      line.remove_prefix(2);
      if (!zone) static_cast<void>(take_until(line, ' '));  // "L target name"
      names.emplace_back(take_until(line, ' '));
    }
    return names;
  }();
  return kNames;
}

/// REQUIRES: digits alone, a few.
int to_number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

}  // namespace

std::optional<Zone> Zone::parse(std::string_view file) {
  Bytes bytes(file);
  const auto old = take_header(bytes);
  if (!old || old->version < '2') return std::nullopt;
  bytes.take(old->body_size(4));
  const auto header = take_header(bytes);
  if (!header || header->faces == 0 || header->leaps != 0) return std::nullopt;

  Zone zone;
  for (std::size_t i = 0; i < header->changes; ++i) zone.at_.emplace_back(seconds(bytes.number(8)));
  for (const char index : bytes.take(header->changes)) {
    zone.to_.push_back(static_cast<unsigned char>(index));
    if (zone.to_.back() >= header->faces) return std::nullopt;
  }
  std::vector<std::size_t> name_begins;
  for (std::size_t i = 0; i < header->faces; ++i) {
    ClockFace& face = zone.faces_.emplace_back();
    face.offset = seconds(bytes.number(4));
    face.daylight = bytes.number(1) != 0;
    name_begins.push_back(static_cast<unsigned char>(bytes.number(1)));
  }
  const std::string_view names = bytes.take(header->names);
  for (std::size_t i = 0; i < header->faces; ++i) {
    std::string_view name = names.substr(std::min(name_begins[i], names.size()));
    zone.faces_[i].name = take_until(name, '\0');
  }
  bytes.take(header->standard_marks + header->utc_marks);
  std::string_view footer = bytes.rest();
  if (!bytes.good() || !footer.starts_with('\n') || !std::is_sorted(zone.at_.begin(), zone.at_.end()))
    return std::nullopt;
  footer.remove_prefix(1);
  const std::string_view rule = take_until(footer, '\n');
  zone.rule_ = rule.empty() ? std::nullopt : parse_zone_rule(rule);
  if (!rule.empty() && !zone.rule_) return std::nullopt;
  return zone;
}

ClockFace Zone::at(Moment moment) const {
  if (!at_.empty() && moment < at_.front()) return faces_.front();
  if (rule_ && (at_.empty() || moment >= at_.back())) {
    if (!rule_->daylight) return rule_->standard;
    const auto around = changes(moment - days(400), moment + seconds(1));
    if (!around.empty()) return around.back().after;
  }
  if (at_.empty()) return faces_.front();
  const auto after = std::upper_bound(at_.begin(), at_.end(), moment);
  return faces_[to_[static_cast<std::size_t>(after - at_.begin()) - 1]];
}

LocalTime Zone::local(Moment moment) const {
  return LocalTime(moment.time_since_epoch() + at(moment).offset);
}

LocalMoments Zone::moments(LocalTime local) const {
  // No offset is as large as 26 hours, so that whatever the local time may mean lies between these.
  const Moment near(local.time_since_epoch());
  const auto around = changes(near - hours(26), near + hours(26));
  std::vector<ClockFace> faces = {around.empty() ? at(near) : around.front().before};
  for (const ClockChange& change : around) faces.push_back(change.after);

  std::vector<Moment> found;
  for (const ClockFace& face : faces) {
    const Moment candidate = near - face.offset;
    if (at(candidate).offset == face.offset &&
        std::find(found.begin(), found.end(), candidate) == found.end())
      found.push_back(candidate);
  }
  std::sort(found.begin(), found.end());
  if (found.size() == 1) return {LocalMoments::Kind::kOnce, found.front(), found.front()};
  if (found.size() > 1) return {LocalMoments::Kind::kDoubled, found.front(), found.back()};
  for (const ClockChange& change : around) {
    const LocalTime gap_begin(change.at.time_since_epoch() + change.before.offset);
    const LocalTime gap_end(change.at.time_since_epoch() + change.after.offset);
    if (gap_begin <= local && local < gap_end) return {LocalMoments::Kind::kSkipped, change.at, change.at};
  }
  const Moment fallback = near - faces.front().offset;
  return {LocalMoments::Kind::kOnce, fallback, fallback};
}

std::vector<ClockChange> Zone::changes(Moment from, Moment to) const {
  std::vector<ClockChange> found;
  const auto first = std::lower_bound(at_.begin(), at_.end(), from);
  for (auto i = static_cast<std::size_t>(first - at_.begin()); i < at_.size() && at_[i] < to; ++i) {
    const ClockFace& before = i == 0 ? faces_.front() : faces_[to_[i - 1]];
    if (before != faces_[to_[i]]) found.push_back({at_[i], before, faces_[to_[i]]});
  }
  if (!rule_ || !rule_->daylight) return found;
  const auto year_of = [](Moment moment) {
    return std::chrono::year_month_day(std::chrono::floor<days>(moment)).year();
  };
  for (auto year = year_of(from) - std::chrono::years(1); year <= year_of(to) + std::chrono::years(1);
       ++year) {
    for (const ClockChange& change : changes_of_year(*rule_, year)) {
      const bool after_table = at_.empty() || change.at > at_.back();
      if (after_table && from <= change.at && change.at < to) found.push_back(change);
    }
  }
  return found;
}

std::shared_ptr<const Zone> find_zone(std::string_view name) {
  if (!is_name(name)) return nullptr;
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Zone>, std::less<>> zones;
  const std::lock_guard lock(mutex);
  if (const auto known = zones.find(name); known != zones.end()) return known->second;
  const auto file = read_all(std::string(kFolder).append(name));
  auto zone = file ? Zone::parse(*file) : std::nullopt;
  if (!zone) return nullptr;
  return zones.emplace(name, std::make_shared<const Zone>(std::move(*zone))).first->second;
}

std::optional<std::string> canonical_zone(std::string_view name) {
  if (find_zone(name)) return std::string(name);
  for (const std::string& known : all_names()) {
    if (iequals(known, name) && find_zone(known)) return known;
  }
  return std::nullopt;
}

std::optional<std::string> similar_zone(std::string_view name) {
  if (name.size() > kLongestName) return std::nullopt;
  if (const auto same = canonical_zone(name)) return same;
  if (const auto close = nearest(name, all_names())) return close;
  // "Berlin", "new york"
  std::string city(name.substr(name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1));
  std::replace(city.begin(), city.end(), ' ', '_');
  for (const std::string& known : all_names()) {
    if (iequals(std::string_view(known).substr(known.rfind('/') + 1), city)) return known;
  }
  return std::nullopt;
}

std::optional<LocalTime> parse_local(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  if (text.size() != kShape.size() && text.size() != kShape.size() - 3) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kShape[i] == '0' ? !is_digit(text[i]) : text[i] != kShape[i]) return std::nullopt;
  }
  const auto number = [text](std::size_t from, std::size_t size) {
    return to_number(text.substr(from, size));
  };
  const std::chrono::year_month_day day(std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2))));
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = text.size() == kShape.size() ? number(17, 2) : 0;
  const int year = static_cast<int>(day.year());
  if (!day.ok() || year < kFirstYear || year > kLastYear || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  return std::chrono::local_days(day) + hours(hour) + std::chrono::minutes(minute) + seconds(second);
}

std::string format_local(LocalTime local) {
  const auto day = std::chrono::floor<days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(local - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::optional<BasicTime> parse_basic(std::string_view text) {
  const bool date = text.size() == 8;
  const bool utc = text.size() == 16 && text.ends_with('Z');
  if (!date && !utc && text.size() != 15) return std::nullopt;
  std::string shaped;
  shaped.append(text.substr(0, 4))
      .append("-")
      .append(text.substr(4, 2))
      .append("-")
      .append(text.substr(6, 2));
  if (date) {
    const auto day = parse_local(shaped.append("T00:00:00"));
    return day ? std::optional(BasicTime{*day, BasicTime::Form::kDate}) : std::nullopt;
  }
  if (text[8] != 'T') return std::nullopt;
  shaped.append("T").append(text.substr(9, 2)).append(":").append(text.substr(11, 2));
  const auto time = parse_local(shaped.append(":").append(text.substr(13, 2)));
  if (!time) return std::nullopt;
  return BasicTime{*time, utc ? BasicTime::Form::kUtc : BasicTime::Form::kLocal};
}

std::string format_basic(LocalTime local) {
  std::string text = format_local(local);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

}  // namespace understudy::calendar
