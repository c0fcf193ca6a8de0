// What the SQLite store promises beyond every store (store_test.cc): it survives, and it says what is wrong.
#include "state/sqlite_store.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "base/test_folder.h"
#include "state/sqlite_schema.h"

namespace understudy::state {
namespace {

namespace fs = std::filesystem;

const WallTime kNow(std::chrono::milliseconds(1'800'000'000'250));

AuditNote note(const std::string& action) {
  return {kNow, "deploy (uid 1000)", "unix socket", action, "shop", "", ""};
}

Batch batch_of(const std::string& key, const std::string& value) {
  return {{{Kind::kSwitch, key, value, {}}}, {note("mode.set")}};
}

class SqliteStoreTest : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return (folder_ / "state.db").string(); }
  StoreResult<std::unique_ptr<SqliteStore>> open(SqliteLimits limits = {}) {
    return SqliteStore::open(path(), clock_, limits);
  }
  /// For what must succeed.
  std::unique_ptr<SqliteStore> store(SqliteLimits limits = {}) {
    auto opened = open(limits);
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
  }
  StoreError refused() {
    const auto opened = open();
    EXPECT_FALSE(opened);
    return opened ? StoreError{} : opened.error();
  }
  /// A database that was closed properly, with enough in it for several pages.
  void fill() {
    const auto filled = store();
    Batch batch;
    for (int i = 0; i < 500; ++i) {
      batch.writes.push_back({Kind::kGroup, fmt::format("g{:04}", i), std::string(200, 'x'), {}});
    }
    ASSERT_TRUE(filled->commit(batch));
  }
  [[nodiscard]] std::string content() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void overwrite(std::size_t at, const std::string& bytes) const {
    std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(at));
    file << bytes;
  }

  TestFolder folder_;
  FakeClock clock_{kNow};
};

std::optional<std::string> value_of(Store& store, const std::string& key) {
  const auto found = store.read(Kind::kSwitch, key);
  return found && *found ? std::optional((*found)->value) : std::nullopt;
}

TEST_F(SqliteStoreTest, SurvivesReopening) {
  {
    const auto first = store();
    ASSERT_TRUE(first->commit(batch_of("a", "1")));
    ASSERT_TRUE(first->commit(batch_of("a", "2")));
  }
  const auto second = store();
  EXPECT_EQ(second->read(Kind::kSwitch, "a").value(), (Record{Kind::kSwitch, "a", "2", 2}));
  const auto audit = second->audit({}).value();
  ASSERT_EQ(audit.size(), 2U);
  EXPECT_EQ(audit[0].note, note("mode.set")) << "to the millisecond";
  EXPECT_EQ(*second->commit({}), 3U);
  EXPECT_EQ(second->describe(), path());
}

TEST_F(SqliteStoreTest, IsForItsOwnerAlone) {
  folder_.write("x/y", "");
  const auto made = SqliteStore::open(folder_ / "x/new/state.db", clock_);
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE((*made)->commit(batch_of("a", "1")));
  for (const char* name : {"state.db", "state.db-wal", "state.db.lock"}) {
    EXPECT_EQ(fs::status(folder_ / "x/new" / name).permissions(), fs::perms(0600)) << name;
  }
  EXPECT_EQ(fs::status(folder_ / "x/new").permissions() & ~fs::perms(0750), fs::perms::none);
  EXPECT_FALSE(fs::exists(folder_ / "x/new/state.db.new"));
  const auto far = SqliteStore::open(folder_ / "none/new/state.db", clock_);
  ASSERT_FALSE(far) << "more than one folder is missing: a mistyped path";
  EXPECT_EQ(far.error().fault, StoreFault::kUnavailable);
  EXPECT_NE(far.error().message.find("none/new"), std::string::npos) << far.error().message;
}

TEST_F(SqliteStoreTest, KeepsTheNewestOfTheAuditTrail) {
  const auto kept = store({.audit_entries = 10});
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(kept->commit({{}, {note(fmt::format("a{}", i))}}));
  const auto audit = kept->audit({}).value();
  ASSERT_EQ(audit.size(), 10U);
  EXPECT_EQ(audit.front().note.action, "a29");
  EXPECT_EQ(audit.back().note.action, "a20");
}

TEST_F(SqliteStoreTest, ASecondOneIsLockedOut) {
  auto first = store();
  const StoreError error = refused();
  EXPECT_EQ(error.fault, StoreFault::kLocked);
  EXPECT_NE(error.message.find(fmt::format("another understudy has it open: process {} since "
                                           "2027-01-15T08:00:00Z",
                                           ::getpid())),
            std::string::npos)
      << error.message;
  fs::create_symlink(path(), folder_ / "link.db");
  EXPECT_EQ(SqliteStore::open(folder_ / "link.db", clock_).error().fault, StoreFault::kLocked)
      << "by whatever name";
  ASSERT_TRUE(first->commit(batch_of("a", "1"))) << "the first one goes on";
  first.reset();
  EXPECT_EQ(value_of(*store(), "a"), "1");
}

TEST_F(SqliteStoreTest, WaitsForAnotherProgramAndThenSaysSo) {
  const auto ours = store();
  ASSERT_TRUE(ours->commit(batch_of("a", "1")));
  SQLite::Database other(path(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  const auto refused = ours->commit(batch_of("a", "2"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, StoreFault::kLocked);
  EXPECT_NE(refused.error().message.find("fuser"), std::string::npos) << refused.error().message;
  EXPECT_EQ(ours->trouble()->fault, StoreFault::kLocked);
  EXPECT_EQ(value_of(*ours, "a"), "1") << "reading goes on";
  EXPECT_TRUE(ours->trouble()) << "and does not hide that writing fails";
  other.exec("ROLLBACK");
  EXPECT_EQ(*ours->commit({}), 2U);
  EXPECT_FALSE(ours->trouble());
  EXPECT_EQ(*ours->commit(batch_of("a", "2")), 3U);
}

TEST_F(SqliteStoreTest, NoticesThatTheFileIsGone) {
  const auto ours = store();
  ASSERT_TRUE(ours->commit(batch_of("a", "1")));
  fs::rename(path(), folder_ / "elsewhere");
  const auto expect_refused = [&](const char* what) {
    const auto refused = ours->commit(batch_of("a", "2"));
    ASSERT_FALSE(refused) << what;
    EXPECT_EQ(refused.error().fault, StoreFault::kUnavailable) << what;
    EXPECT_NE(refused.error().message.find("moved, deleted or replaced"), std::string::npos)
        << what << ": " << refused.error().message;
  };
  expect_refused("moved");
  folder_.write("state.db", "somebody else's");
  expect_refused("replaced");
  fs::rename(folder_ / "elsewhere", path());
  EXPECT_TRUE(ours->commit(batch_of("a", "2"))) << "put back";
  fs::remove(path());
  expect_refused("deleted");
}

// kill -9 -------------------------------------------------------------------------------------------------

/// Commits for ever, telling each revision once it is acknowledged.
[[noreturn]] void commit_until_killed(const std::string& path, int to_parent) {
  const SystemClock clock;
  const auto opened = SqliteStore::open(path, clock);
  if (!opened) ::_exit(1);
  for (int i = 0;; ++i) {
    const std::string value = fmt::format("{:06}", i);
    const auto done = (*opened)->commit(
        {{{Kind::kSwitch, "a", value, {}}, {Kind::kWindow, "b", value, {}}}, {note("mode.set")}});
    if (!done) ::_exit(2);
    const Revision revision = *done;
    if (::write(to_parent, &revision, sizeof revision) != sizeof revision) ::_exit(3);
  }
}

/// Reads revisions until there were `count`, then ends the child; the last that it told of.
Revision run_and_kill(const std::string& path, int count, std::chrono::microseconds more) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return 0;
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    commit_until_killed(path, ends[1]);
  }
  ::close(ends[1]);
  Revision last = 0;
  Revision told = 0;
  for (int i = 0; i < count && ::read(ends[0], &told, sizeof told) == sizeof told; ++i) last = told;
  const auto until = std::chrono::steady_clock::now() + more;  // anywhere within a commit
  while (std::chrono::steady_clock::now() < until) {
  }
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << WEXITSTATUS(status);
  while (::read(ends[0], &told, sizeof told) == sizeof told) last = told;
  ::close(ends[0]);
  return last;
}

TEST_F(SqliteStoreTest, LosesNothingAndHalvesNothingWhenKilled) {
  Random random(7);
  for (int round = 0; round < 30; ++round) {
    const Revision last = run_and_kill(path(), static_cast<int>(random.up_to(12)) + 1,
                                       std::chrono::microseconds(random.up_to(3000)));
    const auto ours = store();
    std::vector<Record> records;
    const Revision revision = ours->read_all([&](Record&& r) { records.push_back(std::move(r)); }).value();
    ASSERT_GT(last, 0U);
    ASSERT_GE(revision, last) << "what was acknowledged is there";
    ASSERT_EQ(records.size(), 2U);
    ASSERT_EQ(records[0].value, records[1].value) << "both or none";
    ASSERT_EQ(records[0].revision, revision);
    ASSERT_EQ(records[1].revision, revision);
    ASSERT_EQ(ours->audit({{}, 1000, {}}).value().size(), std::min<std::size_t>(revision, 1000));
  }
}

// A disk of its own ---------------------------------------------------------------------------------------

/// A small tmpfs in a folder of the test.
class Disk {
 public:
  explicit Disk(fs::path where) : where_(std::move(where)) {
    fs::create_directories(where_);
    mounted_ = ::mount("tmpfs", where_.c_str(), "tmpfs", 0, "size=1m") == 0;
  }
  ~Disk() {
    if (mounted_) ::umount2(where_.c_str(), MNT_DETACH);
  }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] bool remount(unsigned long flags) const {
    return ::mount("none", where_.c_str(), nullptr, MS_REMOUNT | flags, "size=1m") == 0;
  }

 private:
  const fs::path where_;
  bool mounted_ = false;
};

#define NEED_DISK(disk) \
  if (!(disk).mounted()) GTEST_SKIP() << "no tmpfs can be mounted here: " << std::strerror(errno)

TEST_F(SqliteStoreTest, AFullDiskRefusesChangesUntilThereIsSpace) {
  const Disk disk(folder_ / "disk");
  NEED_DISK(disk);
  const auto opened = SqliteStore::open(folder_ / "disk/state.db", clock_);
  ASSERT_TRUE(opened) << opened.error().message;
  Store& ours = **opened;
  ASSERT_TRUE(ours.commit(batch_of("a", "1")));
  {
    std::ofstream ballast(folder_ / "disk/ballast", std::ios::binary);
    const std::string block(4096, 'x');
    while (ballast.write(block.data(), 4096).flush()) {
    }
  }
  // What is there of the journal may still be filled.
  StoreResult<Revision> done = Revision{0};
  Revision last = 1;
  for (int i = 0; i < 1000 && done; ++i) {
    done = ours.commit(batch_of("big", std::string(20'000, 'x')));
    if (done) last = *done;
  }
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, StoreFault::kFull) << done.error().message;
  EXPECT_NE(done.error().message.find("disk/state.db"), std::string::npos);
  EXPECT_EQ(ours.trouble()->fault, StoreFault::kFull);
  EXPECT_EQ(value_of(ours, "a"), "1");
  EXPECT_EQ(*ours.read_all([](Record&&) {}), last) << "nothing of it was kept";
  fs::remove(folder_ / "disk/ballast");
  done = ours.commit(batch_of("a", "2"));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(*done, last + 1);
  EXPECT_FALSE(ours.trouble());
  EXPECT_EQ(value_of(ours, "a"), "2");
}

TEST_F(SqliteStoreTest, AFullDiskFromTheBeginning) {
  const Disk disk(folder_ / "disk");
  NEED_DISK(disk);
  {
    std::ofstream ballast(folder_ / "disk/ballast", std::ios::binary);
    const std::string block(4096, 'x');
    while (ballast.write(block.data(), 4096).flush()) {
    }
  }
  EXPECT_EQ(SqliteStore::open(folder_ / "disk/state.db", clock_).error().fault, StoreFault::kFull);
  fs::remove(folder_ / "disk/ballast");
  EXPECT_TRUE(SqliteStore::open(folder_ / "disk/state.db", clock_)) << "nothing half-made is in the way";
}

TEST_F(SqliteStoreTest, AReadOnlyDiskIsReadAndRecovers) {
  const Disk disk(folder_ / "disk");
  NEED_DISK(disk);
  const std::string file = folder_ / "disk/state.db";
  ASSERT_TRUE(disk.remount(MS_RDONLY));
  EXPECT_EQ(SqliteStore::open(file, clock_).error().fault, StoreFault::kReadOnly) << "there is none";
  ASSERT_TRUE(disk.remount(0));
  ASSERT_TRUE(SqliteStore::open(file, clock_).value()->commit(batch_of("a", "1")));
  ASSERT_TRUE(disk.remount(MS_RDONLY));
  const auto opened = SqliteStore::open(file, clock_);
  ASSERT_TRUE(opened) << opened.error().message;
  Store& ours = **opened;
  EXPECT_EQ(ours.trouble()->fault, StoreFault::kReadOnly) << "from the start";
  EXPECT_EQ(value_of(ours, "a"), "1");
  EXPECT_EQ(ours.commit(batch_of("a", "2")).error().fault, StoreFault::kReadOnly);
  EXPECT_EQ(value_of(ours, "a"), "1");
  ASSERT_TRUE(disk.remount(0));
  const auto done = ours.commit(batch_of("a", "2"));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(ours.trouble());
  EXPECT_EQ(value_of(ours, "a"), "2");
}

TEST_F(SqliteStoreTest, WhatWasOnlyInTheJournalIsReadFromAReadOnlyDisk) {
  const Disk disk(folder_ / "disk");
  NEED_DISK(disk);
  const std::string file = folder_ / "disk/state.db";
  const Revision last = run_and_kill(file, 5, std::chrono::microseconds(0));
  ASSERT_GT(fs::file_size(file + "-wal"), 0U);
  ASSERT_TRUE(disk.remount(MS_RDONLY));
  const auto opened = SqliteStore::open(file, clock_);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_GE((*opened)->read_all([](Record&&) {}).value(), last);
}

// Damage --------------------------------------------------------------------------------------------------

TEST_F(SqliteStoreTest, ADamagedFileIsRefusedAndLeftAsItIs) {
  fill();
  const std::string sound = content();
  ASSERT_GT(sound.size(), 40'000U);
  const auto expect_corrupt = [&](const char* what) {
    const std::string damaged = content();
    const StoreError error = refused();
    EXPECT_EQ(error.fault, StoreFault::kCorrupt) << what << ": " << error.message;
    EXPECT_NE(error.message.find(path() + "-wal"), std::string::npos) << what << ": " << error.message;
    EXPECT_EQ(content(), damaged) << what;
    overwrite(0, sound);
    fs::resize_file(path(), sound.size());
    EXPECT_TRUE(open()) << what << ": a backup is taken again";
  };
  fs::resize_file(path(), 0);
  expect_corrupt("cut off wholly");
  fs::resize_file(path(), 60);
  expect_corrupt("cut off within the header");
  fs::resize_file(path(), sound.size() / 2);
  expect_corrupt("cut off in the middle");
  overwrite(0, std::string(200, 'Z'));
  expect_corrupt("overwritten at the header");
  overwrite(4096, std::string(4096, 'Z'));
  overwrite(8192, std::string(4096, 'Z'));
  overwrite(sound.size() / 8192 * 4096, std::string(4096, '\xA5'));
  expect_corrupt("overwritten in the middle");
}

TEST_F(SqliteStoreTest, AValueThatSomethingElseChangedIsNotBelieved) {
  fill();
  const auto at = content().find(std::string(50, 'x'));
  ASSERT_NE(at, std::string::npos);
  overwrite(at + 10, "y");
  const auto ours = store();
  const auto read = ours->read_all([](Record&&) {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().fault, StoreFault::kCorrupt);
  EXPECT_EQ(ours->trouble()->fault, StoreFault::kCorrupt);
}

TEST_F(SqliteStoreTest, AJournalWithoutItsDatabaseIsNotTakenForAnothers) {
  folder_.write("state.db-wal", "frames");
  EXPECT_EQ(refused().fault, StoreFault::kCorrupt);
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(SqliteStoreTest, AForeignDatabaseIsRefused) {
  {
    SQLite::Database other(path(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("CREATE TABLE record (x)");
  }
  const std::string before = content();
  const StoreError error = refused();
  EXPECT_EQ(error.fault, StoreFault::kUnavailable);
  EXPECT_NE(error.message.find("another program"), std::string::npos) << error.message;
  EXPECT_EQ(content(), before);
  fs::remove(path());
  folder_.write("state.db/file", "");
  EXPECT_EQ(refused().fault, StoreFault::kUnavailable) << "a folder";
}

// Versions ------------------------------------------------------------------------------------------------

void make_version(const std::string& path, int version) {
  SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, version));
}

TEST_F(SqliteStoreTest, ANewerVersionIsRefused) {
  make_version(path(), 999);
  const std::string before = content();
  const StoreError error = refused();
  EXPECT_EQ(error.fault, StoreFault::kUnavailable);
  EXPECT_NE(error.message.find("version 999"), std::string::npos) << error.message;
}

TEST_F(SqliteStoreTest, AnOlderVersionIsBroughtForward) {
  make_version(path(), 0);
  ASSERT_TRUE(store()->commit(batch_of("a", "1")));
  SQLite::Database database(path(), SQLite::OPEN_READONLY);
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), static_cast<int>(migrations().size()));
}

TEST_F(SqliteStoreTest, AVersionWithoutItsTablesIsDamaged) {
  make_version(path(), static_cast<int>(migrations().size()));
  EXPECT_EQ(refused().fault, StoreFault::kCorrupt);
}

TEST_F(SqliteStoreTest, EachStepForwardIsWholeOrNotAtAll) {
  ASSERT_TRUE(store()->commit(batch_of("a", "1")));
  std::vector<const char*> steps(migrations().begin(), migrations().end());
  steps.push_back("ALTER TABLE meta ADD COLUMN site TEXT NOT NULL DEFAULT 'here'");
  steps.push_back("CREATE TABLE half (x); CREATE TABLE half (x)");
  SQLite::Database database(path(), SQLite::OPEN_READWRITE);
  EXPECT_THROW((void)migrate(database, path(), steps), SQLite::Exception);
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), static_cast<int>(migrations().size()) + 1);
  EXPECT_FALSE(database.tableExists("half"));
  EXPECT_EQ(database.execAndGet("SELECT site FROM meta").getString(), "here");
  steps.back() = "CREATE TABLE half (x)";
  EXPECT_FALSE(migrate(database, path(), steps));
  EXPECT_TRUE(database.tableExists("half"));
  EXPECT_EQ(database.execAndGet("SELECT value FROM record").getString(), "1");
}

}  // namespace
}  // namespace understudy::state
