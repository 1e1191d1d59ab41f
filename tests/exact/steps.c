/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program that does what its arguments say, in order, and ends: linked to nothing, so that it runs wherever its
 * file is. Each of its flows goes to an address of its own, by which whoever counts can tell it. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void need(int holds, const char* what)
{
    if (holds)
        return;
    perror(what);
    exit(1);
}

/* One byte to port 9 there. */
static void send_to(const char* address)
{
    struct sockaddr_in remote = {.sin_family = AF_INET, .sin_port = htons(9)};
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);

    need(inet_pton(AF_INET, address, &remote.sin_addr) == 1, address);
    need(connect(fd, (const struct sockaddr*)&remote, sizeof(remote)) == 0, "connect");
    need(send(fd, "", 1, 0) == 1, "send");
    close(fd);
}

/* Goes on as a child whose parent ends, and which has another one then. */
static void lose_parent(void)
{
    const pid_t parent = getpid();
    const struct timespec moment = {.tv_nsec = 1000000};
    const pid_t child = fork();

    need(child >= 0, "fork");
    if (child > 0)
        _exit(0);
    while (getppid() == parent)
        nanosleep(&moment, NULL);
}

/* Goes on as a child, and its parent ends once that has had its first flow. */
static void lose_parent_after(const char* address)
{
    const pid_t parent = getpid();
    const struct timespec moment = {.tv_nsec = 1000000};
    int ends[2];
    char byte;

    need(pipe(ends) == 0, "pipe");
    const pid_t child = fork();
    need(child >= 0, "fork");
    if (child > 0) {
        close(ends[1]);
        need(read(ends[0], &byte, 1) == 1, "read");
        _exit(0);
    }
    send_to(address);
    need(write(ends[1], "", 1) == 1, "write");
    while (getppid() == parent)
        nanosleep(&moment, NULL);
}

/* Has a child run a program, and stops when that does. The child ends with it. */
static int spawn(char* const* words)
{
    const pid_t child = fork();
    int status;

    need(child >= 0, "fork");
    if (child == 0) {
        need(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "PR_SET_PDEATHSIG");
        need(execv(words[0], words) == 0, words[0]);
    }
    need(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status), "waitpid");
    return raise(SIGSTOP);
}

int main(int argc, char** argv)
{
    for (int i = 1; i < argc; ++i) {
        const char* step = argv[i];
        const char* operand = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(step, "stop") == 0) {
            raise(SIGSTOP);
            continue;
        }
        if (strcmp(step, "orphan") == 0) {
            lose_parent();
            continue;
        }
        ++i;
        if (strcmp(step, "send") == 0)
            send_to(operand);
        else if (strcmp(step, "orphan-after") == 0)
            lose_parent_after(operand);
        else if (strcmp(step, "name") == 0)
            need(prctl(PR_SET_NAME, operand) == 0, "PR_SET_NAME");
        else if (strcmp(step, "user") == 0)
            need(setuid((uid_t)strtoul(operand, NULL, 10)) == 0, "setuid");
        else if (strcmp(step, "unlink") == 0)
            need(unlink(operand) == 0, operand);
        else if (strcmp(step, "exec") == 0)
            need(execv(operand, argv + i) == 0, operand); /* the rest are its steps */
        else if (strcmp(step, "spawn") == 0)
            return spawn(argv + i); /* likewise */
        else
            return 2;
    }
    return 0;
}
