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

namespace zflow {

namespace {

std::string system_error() { return std::strerror(errno); }

bool read_all(int fd, std::string& text) {
    struct stat info;
    size_t expected = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? static_cast<size_t>(info.st_size) : 0;
    size_t used = 0;
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

/// Puts the file at `from` in the place of the one at `to`, at once. Linux can exchange the two: a file system that finds
/// room for new files later (ext4) would do it on the spot for one that is renamed over another, which takes longer than
/// writing it.
bool replace(const std::string& from, const std::string& to) {
#if defined(__linux__) && defined(RENAME_EXCHANGE)
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) {
        ::unlink(from.c_str());
        return true;   // also when that one stays behind
    }
#endif
    return ::rename(from.c_str(), to.c_str()) == 0;
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

/// Gives what is about to be replaced a second name.
bool PendingFiles::keep_before(std::string& error) {
    for (Pending& p : pending_) {
        std::string name = p.path + ".zflowc-before-" + std::to_string(::getpid());
        if (::link(p.path.c_str(), name.c_str()) == 0) p.before = std::move(name);
        else if (errno != ENOENT) return error = p.path + ": " + system_error(), false;
    }
    return true;
}

/// The first `count` files as they were.
void PendingFiles::put_back(size_t count) {
    for (size_t i = 0; i < pending_.size(); i++) {
        Pending& p = pending_[i];
        if (i < count && p.before.empty()) ::unlink(p.path.c_str());
        else if (i < count) ::rename(p.before.c_str(), p.path.c_str());
        else if (!p.before.empty()) ::unlink(p.before.c_str());
        p.before.clear();
    }
}

bool PendingFiles::commit(std::string& error) {
    if (pending_.size() > 1 && !keep_before(error)) return put_back(0), false;
    for (size_t i = 0; i < pending_.size(); i++)
        if (!replace(pending_[i].temporary, pending_[i].path)) {
            error = pending_[i].path + ": " + system_error();
            return put_back(i), false;
        }
    for (const Pending& p : pending_)
        if (!p.before.empty()) ::unlink(p.before.c_str());
    pending_.clear();
    for (const std::string& path : stale_) ::unlink(path.c_str());
    stale_.clear();
    return true;
}

}  // namespace zflow
