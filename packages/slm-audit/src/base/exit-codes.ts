/**
 * What the command line's exit codes mean, one thing each, whether or not anybody reads its output:
 *
 * - `done`: it did what was asked, also where nothing matched.
 * - `flaw`: it looked, and the evidence is not right (verify, verify-proof, import).
 * - `failed`: it could not do what was asked; nothing is said about the evidence.
 * - `notice`: the evidence is right, but not all that `verify --strict` asks for is there.
 */
export const EXIT = { done: 0, flaw: 1, failed: 2, notice: 3 } as const
