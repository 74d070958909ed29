#include "driver/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "driver/spans.hpp"

namespace zflow {

namespace {

std::string system_error() { return std::strerror(errno); }

/// What is made of a source text takes about fifteen times as much memory: of this one, more than the ordinary pages hold.
constexpr size_t long_text = size_t{256} << 10;

bool read_all(int fd, std::string& text) {
    struct stat info;
    size_t expected = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? static_cast<size_t>(info.st_size) : 0;
    size_t used = 0;
    if (expected >= long_text) spans::expect_much();
    text.resize(expected + 1);
    while (true) {
        if (used == text.size()) text.resize(text.size() * 2);
        ssize_t n = ::read(fd, text.data() + used, text.size() - used);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        if (n == 0) break;
        used += static_cast<size_t>(n);
    }
    text.resize(used);
    return true;
}

bool write_all(int fd, std::span<const std::string_view> pieces) {
    std::vector<iovec> left;
    for (std::string_view piece : pieces)
        if (!piece.empty()) left.push_back({const_cast<char*>(piece.data()), piece.size()});
    constexpr size_t most = 1024;   // in one call [POSIX: IOV_MAX]
    for (size_t at = 0; at < left.size();) {
        ssize_t n = ::writev(fd, &left[at], static_cast<int>(std::min(most, left.size() - at)));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        auto written = static_cast<size_t>(n);
        for (; at < left.size() && written >= left[at].iov_len; at++) written -= left[at].iov_len;
        if (written) left[at].iov_base = static_cast<char*>(left[at].iov_base) + written, left[at].iov_len -= written;
    }
    return true;
}

/// Exchanges two files at once, where the system can. A file system that finds room for new files later (ext4) would do it on
/// the spot for one that is renamed over another, which takes longer than writing it.
bool exchange(const std::string& a, const std::string& b) {
#if defined(__linux__) && defined(RENAME_EXCHANGE)
    return ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0;
#else
    return static_cast<void>(a), static_cast<void>(b), false;
#endif
}

/// Follows symbolic links, so that a link stays and its target is replaced; the target need not exist.
std::string link_target(std::filesystem::path path) {
    constexpr int most_links = 40;   // Linux itself gives up there
    std::error_code error;
    for (int i = 0; i < most_links && std::filesystem::is_symlink(path, error); i++) {
        std::filesystem::path to = std::filesystem::read_symlink(path, error);
        path = to.is_absolute() ? to : path.parent_path() / to;
    }
    return path.string();
}

}  // namespace

std::optional<std::string> read_file(const std::string& path, std::string& error) {
    bool standard = path == "-";
    int fd = standard ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::string text;
    bool fine = fd >= 0 && read_all(fd, text);
    if (!fine) error = system_error();
    if (fd >= 0 && !standard) ::close(fd);
    return fine ? std::optional(std::move(text)) : std::nullopt;
}

std::string beginning_of(const std::string& path, size_t most) {
    struct stat info;
    if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return {};   // opening a pipe would wait
    int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::string text(most, '\0');
    ssize_t n = fd < 0 ? -1 : ::read(fd, text.data(), most);
    if (fd >= 0) ::close(fd);
    text.resize(n < 0 ? 0 : static_cast<size_t>(n));
    return text;
}

std::optional<std::string> DiskProvider::read(const std::string& path) {
    std::string ignored;
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;   // a device need not end, a pipe would wait
    paths_.insert(path);
    return read_file(path, ignored);
}

std::string DiskProvider::resolve(const std::string& from, std::string_view target) {
    std::filesystem::path wanted(target);
    if (wanted.is_absolute()) return wanted.lexically_normal().string();
    return (std::filesystem::path(from).parent_path() / wanted).lexically_normal().string();
}

PendingFiles::~PendingFiles() {
    for (const Pending& p : pending_) ::unlink(p.temporary.c_str());
}

bool PendingFiles::write(const std::string& path, std::span<const std::string_view> text, std::string& error) {
    struct stat info;
    bool exists = ::stat(path.c_str(), &info) == 0;
    if (exists && S_ISDIR(info.st_mode)) return error = "it is a folder", false;
    if (exists && ::access(path.c_str(), W_OK) != 0) return error = system_error(), false;
    if (exists && !S_ISREG(info.st_mode)) {   // a pipe or a device: there is nothing to replace
        int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
        bool fine = fd >= 0 && write_all(fd, text);
        if (!fine) error = system_error();
        if (fd >= 0) ::close(fd);
        return fine;
    }
    std::string target = link_target(path);
    std::string temporary = target + ".zflowc-" + std::to_string(::getpid());
    int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, exists ? info.st_mode & 0777 : 0666);
    if (fd < 0) return error = system_error(), false;
    pending_.push_back({temporary, target});
    // open() takes the umask away from the mode: what was there keeps its own
    bool fine = (!exists || ::fchmod(fd, info.st_mode & 07777) == 0) && write_all(fd, text);
    if (!fine) error = system_error();
    if (::close(fd) != 0 && fine) error = system_error(), fine = false;
    return fine;
}

/// Makes a file visible, so that it can still be taken back when it is one of several.
bool PendingFiles::put(Pending& file, std::string& error) {
    if (exchange(file.temporary, file.path)) return file.place = Place::Exchanged, true;
    std::string name = file.path + ".zflowc-before-" + std::to_string(::getpid());
    bool several = pending_.size() > 1;
    if (several && ::link(file.path.c_str(), name.c_str()) == 0) file.before = std::move(name);
    else if (several && errno != ENOENT) return error = file.path + ": " + system_error(), false;
    if (::rename(file.temporary.c_str(), file.path.c_str()) != 0) return error = file.path + ": " + system_error(), false;
    return file.place = Place::Renamed, true;
}

/// All files as they were.
void PendingFiles::put_back() {
    for (Pending& file : pending_) {
        if (file.place == Place::Exchanged) exchange(file.temporary, file.path);
        else if (file.place == Place::Renamed && file.before.empty()) ::unlink(file.path.c_str());
        else if (file.place == Place::Renamed) ::rename(file.before.c_str(), file.path.c_str());
        else if (!file.before.empty()) ::unlink(file.before.c_str());
        file.place = Place::Waiting;
        file.before.clear();
    }
}

bool PendingFiles::commit(std::string& error) {
    for (Pending& file : pending_)
        if (!put(file, error)) return put_back(), false;
    for (const Pending& file : pending_) {
        if (file.place == Place::Exchanged) ::unlink(file.temporary.c_str());   // also when that one stays behind
        if (!file.before.empty()) ::unlink(file.before.c_str());
    }
    pending_.clear();
    for (const std::string& path : stale_) ::unlink(path.c_str());
    stale_.clear();
    return true;
}

}  // namespace zflow
