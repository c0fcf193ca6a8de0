#include "http/merge_patch.h"

namespace understudy::http {

namespace json = boost::json;

void merge_patch(json::object& target, const json::object& patch) {
  for (const json::key_value_pair& field : patch) {
    if (field.value().is_null()) {
      target.erase(field.key());
    } else if (const json::object* const inner = field.value().if_object()) {
      json::value& place = target[field.key()];
      if (!place.is_object()) place.emplace_object();
      merge_patch(place.get_object(), *inner);
    } else {
      target[field.key()] = field.value();
    }
  }
}

}  // namespace understudy::http
