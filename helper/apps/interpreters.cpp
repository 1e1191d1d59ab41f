// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/apps/interpreters.h"

#include "helper/apps/pathrules.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

namespace bwt {

using namespace std::string_view_literals;

namespace {

/// How a language's interpreter takes its arguments.
enum class Style : std::uint8_t {
    Letters, ///< an option is a letter, and several can share a word
    Words, ///< an option is a word
};

/// Options are in a blank-separated list: letters, or whole words with their dashes. Those with a value take it from
/// the rest of their word or, failing that, the next one. All others take none.
struct Interpreter {
    std::string_view stem; ///< of the file's name, without version
    std::string_view language;
    Style style;
    std::string_view values; ///< with a value that doesn't matter
    std::string_view attached; ///< letters alone: with a value that is in their word or not there
    std::string_view code; ///< what follows is the program itself
    std::string_view files; ///< what follows is the program's file
    std::string_view names; ///< what follows is the program's name
    std::string_view words; ///< Style::Letters: long options whose value is the next word
    Told::What bare = Told::What::File; ///< what the first word that is no option is
};

constexpr auto shellLetters = "o O"sv;
constexpr auto shellWords = "--rcfile --init-file"sv;

/// Ordered by stem.
constexpr std::array interpreters{
    Interpreter{"ash", "sh", Style::Letters, "o", "", "c s", "", "", ""},
    Interpreter{"bash", "bash", Style::Letters, shellLetters, "", "c s", "", "", shellWords},
    Interpreter{"bun", "bun", Style::Words, "-r --preload --cwd -c --config", "", "-e --eval", "", "", ""},
    Interpreter{"dash", "sh", Style::Letters, "o", "", "c s", "", "", ""},
    Interpreter{"deno", "deno", Style::Words, "-c --config --import-map", "", "-e --eval", "", "", ""},
    Interpreter{"dotnet", "dotnet", Style::Words, "--depsfile --runtimeconfig --fx-version --roll-forward", "", "",
        "", "", ""},
    Interpreter{"electron", "electron", Style::Words, "-r --require", "", "-e", "", "", ""},
    Interpreter{"fish", "fish", Style::Letters, "C d D f o p", "", "c", "", "", ""},
    Interpreter{"gjs", "gjs", Style::Words, "-I --include-path -C --coverage-prefix", "", "-c --command", "", "", ""},
    Interpreter{
        "gjs-console", "gjs", Style::Words, "-I --include-path -C --coverage-prefix", "", "-c --command", "", "", ""},
    Interpreter{"java", "java", Style::Words,
        "-cp -classpath --class-path -p --module-path --upgrade-module-path --add-modules --add-opens --add-exports "
        "--add-reads --limit-modules",
        "", "", "-jar", "-m --module", "", Told::What::Name},
    Interpreter{"ksh", "sh", Style::Letters, "o", "", "c s", "", "", ""},
    Interpreter{"lua", "lua", Style::Letters, "l", "", "e", "", "", ""},
    Interpreter{"luajit", "lua", Style::Letters, "l", "b j O", "e", "", "", ""},
    Interpreter{"mono", "mono", Style::Words, "--config", "", "", "", "", ""},
    Interpreter{"mono-sgen", "mono", Style::Words, "--config", "", "", "", "", ""},
    Interpreter{"node", "node", Style::Words, "-r --require --import --loader --experimental-loader -C --conditions",
        "", "-e --eval -p --print -pe", "", "", ""},
    Interpreter{"nodejs", "node", Style::Words,
        "-r --require --import --loader --experimental-loader -C --conditions", "", "-e --eval -p --print -pe", "",
        "", ""},
    Interpreter{"perl", "perl", Style::Letters, "I", "0 C D F M V d i l m x", "e E", "", "", ""},
    Interpreter{"php", "php", Style::Words, "-c -d -t -z --php-ini --define --docroot", "",
        "-r --run -B -R -E -S --server", "-f --file -F --process-file", "", ""},
    Interpreter{"pypy", "python", Style::Letters, "W X Q", "", "c", "", "m", "--check-hash-based-pycs"},
    Interpreter{"python", "python", Style::Letters, "W X Q", "", "c", "", "m", "--check-hash-based-pycs"},
    Interpreter{"ruby", "ruby", Style::Letters, "C E I r", "0 F K T W i x", "e", "", "", "--encoding"},
    Interpreter{"sh", "sh", Style::Letters, "o", "", "c s", "", "", ""},
    Interpreter{"tclsh", "tcl", Style::Words, "-encoding", "", "", "", "", ""},
    Interpreter{"wish", "tcl", Style::Words, "-encoding", "", "", "", "", ""},
    Interpreter{"zsh", "zsh", Style::Letters, "o", "", "c s", "", "", ""},
};
static_assert(std::ranges::is_sorted(interpreters, {}, &Interpreter::stem));

/// Words of `dotnet` and `deno` in front of the file.
constexpr std::array commands{
    std::pair{"bun"sv, "run"sv}, std::pair{"deno"sv, "run"sv}, std::pair{"dotnet"sv, "exec"sv}};

/// File names that say nothing of a program, as its folder does.
constexpr std::array plainNames{
    "__main__"sv, "app"sv, "cli"sv, "daemon"sv, "index"sv, "main"sv, "manage"sv, "run"sv, "server"sv, "start"sv};
static_assert(std::ranges::is_sorted(plainNames));

constexpr std::array plainFolders{"bin"sv, "build"sv, "dist"sv, "lib"sv, "out"sv, "sbin"sv, "src"sv};
static_assert(std::ranges::is_sorted(plainFolders));

/// Standard input and what the shell has put there.
constexpr std::array pipes{"-"sv, "/dev/stdin"sv};
constexpr auto descriptors = "/dev/fd/"sv;

constexpr std::size_t longestText = 256; ///< of what arguments say

std::string_view text(QByteArrayView bytes)
{
    return {bytes.data(), static_cast<std::size_t>(bytes.size())};
}

QByteArray bytes(std::string_view text)
{
    return {text.data(), static_cast<qsizetype>(text.size())};
}

const Interpreter* find(std::string_view stem)
{
    const auto* const found = std::ranges::lower_bound(interpreters, stem, {}, &Interpreter::stem);
    return found != interpreters.end() && found->stem == stem ? found : nullptr;
}

const Interpreter* interpreterOf(QByteArrayView executable)
{
    std::string_view name = text(fileName(executable));
    if (const Interpreter* whole = find(name))
        return whole;
    const std::size_t end = name.find_last_not_of("0123456789.-");
    return end == std::string_view::npos ? nullptr : find(name.substr(0, end + 1));
}

/// Whether the blank-separated list has the word.
bool has(std::string_view list, std::string_view word)
{
    if (word.empty() || word.find(' ') != std::string_view::npos)
        return false;
    for (std::size_t at = list.find(word); at != std::string_view::npos; at = list.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || list[at - 1] == ' ') && (end == list.size() || list[end] == ' '))
            return true;
    }
    return false;
}

/// Reads the words after the interpreter's own name.
class Reader {
public:
    Reader(const Interpreter& interpreter, const QList<QByteArray>& arguments)
        : m_interpreter(interpreter)
        , m_arguments(arguments)
    {
    }

    [[nodiscard]] std::optional<Told> read()
    {
        while (m_next < m_arguments.size()) {
            const std::string_view word = text(m_arguments[m_next++]);
            if (isCommand(word))
                continue;
            if (word == "--"sv)
                return m_next < m_arguments.size() ? told(m_interpreter.bare, text(m_arguments[m_next]))
                                                   : std::nullopt;
            if (!isOption(word))
                return told(m_interpreter.bare, word);
            const bool isLetters = m_interpreter.style == Style::Letters && !word.starts_with("--"sv);
            if (const Outcome outcome = isLetters ? readLetters(word.substr(1)) : readWord(word); outcome.isEnd)
                return outcome.told;
        }
        return std::nullopt;
    }

private:
    struct Outcome {
        bool isEnd = false; ///< nothing after it matters
        std::optional<Told> told{};
    };

    [[nodiscard]] bool isCommand(std::string_view word) const
    {
        return m_next == 2 && std::ranges::find(commands, std::pair(m_interpreter.stem, word)) != commands.end();
    }

    /// "+o" is a shell's; "@file" is java's, with more options in it.
    [[nodiscard]] bool isOption(std::string_view word) const
    {
        if (word.empty() || word == "-"sv)
            return false;
        return word[0] == '-' || (word[0] == '+' && m_interpreter.style == Style::Letters)
            || (word[0] == '@' && m_interpreter.bare == Told::What::Name);
    }

    [[nodiscard]] Outcome readLetters(std::string_view letters)
    {
        for (std::size_t i = 0; i < letters.size(); ++i) {
            const std::string_view letter = letters.substr(i, 1);
            const std::string_view rest = letters.substr(i + 1);
            if (has(m_interpreter.code, letter))
                return {true};
            if (has(m_interpreter.attached, letter))
                return {};
            if (has(m_interpreter.names, letter))
                return {true, told(Told::What::Name, rest.empty() ? next() : rest)};
            if (has(m_interpreter.values, letter)) {
                if (rest.empty())
                    next();
                return {};
            }
        }
        return {};
    }

    [[nodiscard]] Outcome readWord(std::string_view word)
    {
        if (has(m_interpreter.code, word))
            return {true};
        if (has(m_interpreter.files, word))
            return {true, told(Told::What::File, next())};
        if (has(m_interpreter.names, word))
            return {true, told(Told::What::Name, next())};
        const bool isLetters = m_interpreter.style == Style::Letters;
        if (has(isLetters ? m_interpreter.words : m_interpreter.values, word))
            next();
        return {};
    }

    std::string_view next() { return m_next < m_arguments.size() ? text(m_arguments[m_next++]) : std::string_view(); }

    [[nodiscard]] static std::optional<Told> told(Told::What what, std::string_view word)
    {
        const bool isNothing = word.empty() || word.size() > longestText
            || std::ranges::find(pipes, word) != pipes.end() || word.starts_with(descriptors);
        return isNothing ? std::nullopt : std::optional(Told{what, bytes(word)});
    }

    const Interpreter& m_interpreter;
    const QList<QByteArray>& m_arguments;
    qsizetype m_next = 1;
};

/// "sync" for "/home/me/sync.py", "mailer/main.py" for "/srv/mailer/src/main.py".
QByteArray titleOf(const QByteArray& path)
{
    const QByteArrayView file = fileName(path);
    const qsizetype dot = file.lastIndexOf('.');
    const QByteArrayView stem = dot > 0 ? file.first(dot) : file;
    if (!std::ranges::binary_search(plainNames, text(stem)))
        return stem.toByteArray();
    QByteArrayView folder = folderOf(path);
    while (std::ranges::binary_search(plainFolders, text(fileName(folder))))
        folder = folderOf(folder);
    return folder.isEmpty() ? stem.toByteArray() : fileName(folder).toByteArray() + '/' + file.toByteArray();
}

} // namespace

QByteArray languageOf(QByteArrayView executable)
{
    const Interpreter* interpreter = interpreterOf(executable);
    return interpreter ? bytes(interpreter->language) : QByteArray();
}

std::optional<Told> toldTo(QByteArrayView executable, const QList<QByteArray>& arguments)
{
    const Interpreter* interpreter = interpreterOf(executable);
    return interpreter ? Reader(*interpreter, arguments).read() : std::nullopt;
}

App appOf(QByteArrayView language, const Told& told, QByteArrayView folder)
{
    const QByteArray named = language.toByteArray() + ':' + told.text;
    if (told.what == Told::What::Name)
        return {AppKind::Script, named, told.text};
    if (!told.text.startsWith('/') && folder.isEmpty())
        return {AppKind::Script, named, titleOf(told.text)};
    const std::filesystem::path place(text(folder));
    const std::string whole = (place / text(told.text)).lexically_normal().string();
    if (whole.size() > 2 * longestText)
        return {AppKind::Script, named, titleOf(told.text)};
    const QByteArray path = bytes(whole);
    return {AppKind::Script, path, titleOf(path)};
}

QList<QByteArray> argumentsIn(const QByteArray& commandLine)
{
    QList<QByteArray> words = commandLine.split('\0');
    if (!words.isEmpty() && words.last().isEmpty())
        words.removeLast();
    return words;
}

} // namespace bwt
