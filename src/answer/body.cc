#include "answer/body.h"

#include <algorithm>

#include <fmt/format.h>

#include "answer/page.h"
#include "base/json_text.h"
#include "http/date.h"

namespace understudy::answer {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out += out.ends_with('{') ? "" : ",";
  append_json_string(out, name);
  out += ':';
  append_json_string(out, value);
}

void append_number(std::string& out, std::string_view name, std::int64_t value) {
  out += out.ends_with('{') ? "" : ",";
  append_json_string(out, name);
  out += ':' + std::to_string(value);
}

/// since and until where known; retryAfter where no end is.
void append_times(std::string& out, const BodyInput& input) {
  if (input.since) append_member(out, "since", http::format_rfc3339(*input.since));
  if (input.until) {
    append_member(out, "until", http::format_rfc3339(*input.until));
  } else {
    append_number(out, "retryAfter", input.retry_after.count());
  }
}

std::string render_json(const BodyInput& input) {
  std::string out = "{\"status\":503";
  append_member(out, "reason", to_text(input.reason));
  append_member(out, "title", input.text().title);
  append_member(out, "message", input.text().message);
  append_text_map(out, "errorTitle", input, &model::Text::title);
  append_text_map(out, "errorMessage", input, &model::Text::message);
  append_times(out, input);
  return out + "}";
}

std::string render_problem(const BodyInput& input) {
  // Not about:blank, whose title would have to be the status's own phrase (RFC 9457 section 4.2.1).
  std::string out = fmt::format(R"({{"type":"urn:understudy:{}","status":503)", to_text(input.reason));
  append_member(out, "title", input.text().title);
  append_member(out, "detail", input.text().message);
  append_member(out, "reason", to_text(input.reason));
  append_times(out, input);
  return out + "}";
}

std::string render_graphql(const BodyInput& input) {
  std::string out = "{\"errors\":[{";
  append_member(out, "message", input.text().message.empty() ? input.text().title : input.text().message);
  out += ",\"extensions\":{\"code\":\"SERVICE_UNAVAILABLE\",\"status\":503";
  append_member(out, "reason", to_text(input.reason));
  append_member(out, "title", input.text().title);
  append_times(out, input);
  return out + "}}]}";
}

/// JSON-RPC 2.0, section 5.1. The id is null, for the answer goes out before the body is read.
std::string render_json_rpc(const BodyInput& input) {
  std::string out = R"({"jsonrpc":"2.0","error":{"code":-32000)";
  append_member(out, "message", input.text().title);
  out += ",\"data\":" + render_json(input) + "},\"id\":null}";
  return out;
}

std::string render_text(const BodyInput& input) {
  std::string out = input.text().title + "\n";
  if (!input.text().message.empty()) out += "\n" + input.text().message + "\n";
  const model::PageLabels& labels = input.spoken().locale->labels;
  if (input.since || input.until) out += '\n';
  if (input.since) out += fmt::format("{}: {}\n", labels.since, http::format_rfc3339(*input.since));
  if (input.until) out += fmt::format("{}: {}\n", labels.until, http::format_rfc3339(*input.until));
  return out;
}

void append_element(std::string& out, std::string_view name, std::string_view text) {
  out.append("<").append(name).append(">");
  append_markup(out, text);
  out.append("</").append(name).append(">");
}

void append_xml_details(std::string& out, const BodyInput& input) {
  append_element(out, "title", input.text().title);
  append_element(out, "message", input.text().message);
  if (input.since) append_element(out, "since", http::format_rfc3339(*input.since));
  if (input.until) {
    append_element(out, "until", http::format_rfc3339(*input.until));
  } else {
    append_element(out, "retryAfter", std::to_string(input.retry_after.count()));
  }
}

std::string render_xml(const BodyInput& input) {
  std::string out =
      fmt::format(R"(<?xml version="1.0" encoding="UTF-8"?><answer status="503" reason="{}" xml:lang="{}">)",
                  to_text(input.reason), input.spoken().tag);
  append_xml_details(out, input);
  return out + "</answer>";
}

/// SOAP 1.1 section 4.4: the fault code says that it is the server's side, so a client may try again.
std::string render_soap11(const BodyInput& input) {
  std::string out =
      R"(<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">)"
      R"(<soap:Body><soap:Fault><faultcode>soap:Server</faultcode>)";
  append_element(out, "faultstring", input.text().title);
  out += fmt::format("<detail><answer status=\"503\" reason=\"{}\">", to_text(input.reason));
  append_xml_details(out, input);
  return out + "</answer></detail></soap:Fault></soap:Body></soap:Envelope>";
}

/// SOAP 1.2 part 1, section 5.4.
std::string render_soap12(const BodyInput& input) {
  std::string out = fmt::format(
      R"(<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope"><env:Body>)"
      R"(<env:Fault><env:Code><env:Value>env:Receiver</env:Value></env:Code><env:Reason><env:Text xml:lang="{}">)",
      input.spoken().tag);
  append_markup(out, input.text().title);
  out += fmt::format("</env:Text></env:Reason><env:Detail><answer status=\"503\" reason=\"{}\">",
                     to_text(input.reason));
  append_xml_details(out, input);
  return out + "</answer></env:Detail></env:Fault></env:Body></env:Envelope>";
}

/// HTML Living Standard, section 9.2.6: `retry` is in milliseconds.
std::string render_event_stream(const BodyInput& input) {
  return fmt::format("retry: {}\nevent: understudy\ndata: {}\n\n", input.retry_after.count() * 1000,
                     render_json(input));
}

}  // namespace

void append_text_map(std::string& out, std::string_view name, const BodyInput& input,
                     std::string model::Text::*part) {
  out += ',';
  append_json_string(out, name);
  out += ":{";
  bool written = false;
  for (const model::OwnText& own : input.texts.own) {
    if (own.reason != input.reason) continue;
    append_member(out, own.tag, own.text.*part);
    written = true;
  }
  if (!written) {
    append_member(out, input.spoken().tag, input.text().*part);
    const auto& offered = input.texts.offered(input.reason);
    const auto english = offered.by_tag.find("en");
    if (english != offered.by_tag.end() && english->second != input.language) {
      append_member(out, "en", input.texts.text(input.reason, english->second).*part);
    }
  }
  out += '}';
}

void append_markup(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) {
      out += "\uFFFD";
    } else if (text.substr(i).starts_with("\xEF\xBF\xBE") || text.substr(i).starts_with("\xEF\xBF\xBF")) {
      out += "\uFFFD";  // U+FFFE and U+FFFF are no characters (XML 1.0 section 2.2)
      i += 2;
    } else {
      out += c;
    }
  }
}

std::string grpc_lines(const model::Text& text) {
  // Proxies take a few KiB of header lines, no more: a long message is cut, at a character.
  constexpr std::size_t kMost = 2048;
  std::string encoded;
  std::size_t whole = 0;
  const std::string message = text.message.empty() ? text.title : text.title + ": " + text.message;
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continues = (byte & 0xC0) == 0x80;
    if (!continues) whole = encoded.size();
    if (encoded.size() + 3 > kMost) {
      encoded.resize(whole);
      break;
    }
    if (byte < 0x20 || byte > 0x7E || c == '%') {
      encoded += fmt::format("%{:02X}", byte);
    } else {
      encoded += c;
    }
  }
  return fmt::format("grpc-status: 14\r\ngrpc-message: {}\r\n", encoded);
}

std::string render_body(Format format, const BodyInput& input) {
  switch (format) {
    case Format::kJson:
      return render_json(input);
    case Format::kProblem:
      return render_problem(input);
    case Format::kHtml:
      return input.page != nullptr ? input.page->index : render_page(input);
    case Format::kText:
      return render_text(input);
    case Format::kXml:
    case Format::kTextXml:
      return render_xml(input);
    case Format::kGrpc:
    case Format::kGrpcWeb:
      return {};
    case Format::kGraphql:
      return render_graphql(input);
    case Format::kJsonRpc:
      return render_json_rpc(input);
    case Format::kSoap11:
      return render_soap11(input);
    case Format::kSoap12:
      return render_soap12(input);
    case Format::kEventStream:
      return render_event_stream(input);
  }
  return {};
}

std::string_view content_type(Format format) {
  constexpr std::string_view kTypes[model::kFormatCount] = {
      "application/json",
      "application/problem+json",
      "text/html; charset=utf-8",
      "text/plain; charset=utf-8",
      "application/xml",
      "text/xml; charset=utf-8",
      "",
      "",
      "application/graphql-response+json",
      "application/json-rpc",
      "text/xml; charset=utf-8",
      "application/soap+xml; charset=utf-8",
      "text/event-stream",
  };
  return kTypes[static_cast<std::size_t>(format)];
}

}  // namespace understudy::answer
