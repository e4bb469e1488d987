import { userInfo } from 'node:os'

/**
 * The operating system's user, who acts where a command or an option names nobody. Containers run as users without a
 * name, who are told by their numbers. Never throws.
 */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
