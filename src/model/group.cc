#include "model/group.h"

#include <algorithm>

#include "base/text.h"

namespace understudy::model {
void OriginList::assign(std::vector<std::string> origins) {
  std::sort(origins.begin(), origins.end());
  origins.erase(std::unique(origins.begin(), origins.end()), origins.end());
  text_.clear();
  ends_.clear();
  for (const std::string& origin : origins) {
    text_ += origin;
    if (origins.size() > 1) ends_.push_back(static_cast<std::uint32_t>(text_.size()));
  }
  text_.shrink_to_fit();
}

std::string_view OriginList::operator[](std::size_t index) const {
  if (ends_.empty()) return text_;
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(text_).substr(begin, ends_[index] - begin);
}

bool OriginList::contains(std::string_view origin) const {
  if (ends_.empty()) return !text_.empty() && origin == text_;
  std::size_t from = 0;
  std::size_t to = ends_.size();
  while (from < to) {
    const std::size_t middle = (from + to) / 2;
    const int order = (*this)[middle].compare(origin);
    if (order == 0) return true;
    (order < 0 ? from : to) = order < 0 ? middle + 1 : middle;
  }
  return false;
}

const Text* Texts::own_text(Reason reason, std::string_view tag) const {
  const auto found = std::find_if(
      own.begin(), own.end(), [&](const OwnText& t) { return t.reason == reason && iequals(t.tag, tag); });
  return found == own.end() ? nullptr : &found->text;
}

const Text& Texts::text(Reason reason, std::size_t language) const {
  const auto& offer = offered(reason).languages[language];
  const Text* written = own_text(reason, offer.tag);
  return written != nullptr ? *written : offer.locale->text(reason);
}

}  // namespace understudy::model
