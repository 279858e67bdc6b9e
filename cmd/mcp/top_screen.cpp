#include "cmd/mcp/top_screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace mcp::cmd {
namespace {

constexpr const char* kEnter = "\033[?1049h\033[?25l";
constexpr const char* kLeave = "\033[?25h\033[?1049l";
constexpr char kCtrlC = 3;
constexpr char kCtrlZ = 26;

volatile std::sig_atomic_t g_ended = 0;
volatile std::sig_atomic_t g_resized = 0;
volatile std::sig_atomic_t g_to_stop = 0;    // SIGTSTP
volatile std::sig_atomic_t g_continued = 0;  // SIGCONT: whoever had the terminal meanwhile has changed it

void note(int signal) {
  switch (signal) {
    case SIGWINCH: g_resized = 1; break;
    case SIGTSTP: g_to_stop = 1; break;
    case SIGCONT: g_continued = 1; break;
    default: g_ended = 1;
  }
}

// Without SA_RESTART: poll() is to come back.
void watch(int signal) {
  struct sigaction action {};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

void watch_ends() {
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) watch(signal);
}

void put(std::string_view text) {
  while (!text.empty()) {
    ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// What the shell does when its terminal says Ctrl-Z: the job stops, all of it. Comes back when it goes on; at
// once where nobody could wake it (no shell watches it).
void stop_job() {
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGTSTP, &usual, nullptr);
  ::kill(0, SIGTSTP);
  watch(SIGTSTP);
  g_to_stop = 0;
}

int milliseconds(std::chrono::milliseconds time) { return static_cast<int>(time.count()); }

}  // namespace

Result<TopScreen> TopScreen::open() {
  termios saved{};
  if (::tcgetattr(STDIN_FILENO, &saved) != 0) return fail(os_error("read the terminal's settings", errno));
  watch_ends();
  for (int signal : {SIGWINCH, SIGTSTP, SIGCONT}) watch(signal);
  TopScreen screen(saved);
  if (!screen.enter()) return fail(os_error("set up the terminal", errno));
  return screen;
}

TopScreen::~TopScreen() {
  if (open_) leave();
}

bool TopScreen::enter() const {
  termios raw = saved_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
  if (::tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) != 0) return false;
  put(kEnter);
  return true;
}

void TopScreen::leave() const {
  put(kLeave);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved_);
}

void TopScreen::suspend() const {
  leave();
  stop_job();
  g_continued = 1;
}

std::pair<std::size_t, std::size_t> TopScreen::size() const {
  winsize size{};
  bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
  return known ? std::pair<std::size_t, std::size_t>(size.ws_col, size.ws_row)
               : std::pair<std::size_t, std::size_t>(80, 24);
}

// In one write, each line over the old one: nothing flickers.
void TopScreen::draw(const std::vector<std::string>& lines) const {
  std::string text = "\033[H";
  for (const std::string& line : lines) {
    text += line;
    text += &line == &lines.back() ? "\033[K" : "\033[K\r\n";
  }
  put(text + "\033[J");
}

TopScreen::Event TopScreen::wait(std::chrono::milliseconds time) const {
  auto until = std::chrono::steady_clock::now() + time;
  for (;;) {
    if (g_ended != 0) return Event::kInterrupt;
    if (g_to_stop != 0) suspend();
    if (g_continued != 0) {
      g_continued = 0;
      return enter() ? Event::kResize : Event::kQuit;
    }
    if (g_resized != 0) {
      g_resized = 0;
      return Event::kResize;
    }
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Event::kTick;
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, milliseconds(left)) <= 0) continue;
    char key = 0;
    if (::read(STDIN_FILENO, &key, 1) <= 0) return Event::kQuit;
    if (key == 'q' || key == 'Q') return Event::kQuit;
    if (key == kCtrlC) return Event::kInterrupt;
    if (key == kCtrlZ) suspend();
  }
}

bool interrupted_within(std::chrono::milliseconds time) {
  watch_ends();
  auto until = std::chrono::steady_clock::now() + time;
  while (g_ended == 0) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    ::poll(nullptr, 0, milliseconds(left));
  }
  return true;
}

}  // namespace mcp::cmd
