import { userInfo } from 'node:os'

/** The operating system's user; containers run as users without a name, who are told by their numbers. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
