#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "clock.h"

/**
 * The least a forwarding server can do: each packet goes to all receivers, by one `sendto` each, without encryption.
 * Arguments: packets a second, bytes of a packet, seconds; then, on standard input, the receivers' ports on loopback.
 * Prints packets sent and the CPU time they took, user and system, in microseconds.
 */

enum { MAX_RECEIVERS = 4096, MAX_BYTES = 1500 };

static double cpu_us(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  const double rate = atof(arguments[1]), seconds = atof(arguments[3]);
  const size_t bytes = (size_t)atoi(arguments[2]);
  static struct sockaddr_in receivers[MAX_RECEIVERS];
  static char packet[MAX_BYTES];
  if (rate <= 0 || bytes > MAX_BYTES) return 2;
  size_t ports = 0;
  for (int port; ports < MAX_RECEIVERS && scanf("%d", &port) == 1; ports++) {
    receivers[ports].sin_family = AF_INET;
    receivers[ports].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    receivers[ports].sin_port = htons((uint16_t)port);
  }
  const int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
  const double before = cpu_us();
  const int64_t started = now_ns();
  const int64_t rounds = (int64_t)(rate * seconds);
  int64_t sent = 0;
  for (int64_t round = 0; round < rounds; round++) {
    const int64_t wait = started + (int64_t)((double)round * NS_PER_S / rate) - now_ns();
    if (wait > 0) nanosleep(&(struct timespec){.tv_sec = wait / NS_PER_S, .tv_nsec = wait % NS_PER_S}, NULL);
    for (size_t i = 0; i < ports; i++) {
      const struct sockaddr *to = (const struct sockaddr *)&receivers[i];
      sent += sendto(descriptor, packet, bytes, 0, to, sizeof receivers[i]) == (ssize_t)bytes;
    }
  }
  printf("%lld %.0f\n", (long long)sent, cpu_us() - before);
  return 0;
}
