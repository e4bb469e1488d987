/** The runtime's own timers: applications replace the global ones in their tests, and then wait for a log. */
export const {
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  setImmediate,
  clearImmediate
} = globalThis
