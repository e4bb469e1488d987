import { createHash, randomUUID } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { writeKeyFile } from '../signer.ts'
import { formatOwner, livenessOf, parseOwner, thisThread } from '../spool/owner.ts'

/** Who may replace a key file that has certain keys. */
export interface Claim {
  /** The file that says who may. */
  readonly path: string
  /** Ends the claim where this thread has it; absent where another one does, which may be alive. */
  readonly giveUp?: () => void
}

/**
 * Claims a key file as it is now: while it has these keys, one living thread at most has a claim to them. As keys never come
 * back once they are replaced, a claim that comes too late names keys that are no longer there: whoever has it looks before
 * it replaces anything. A claim of a thread that died stays, and the next one is numbered after it, so that nobody takes
 * away what another may just have made. Throws AuditError `bad_key` where the folder cannot be written.
 *
 * @param keys What the file says.
 */
export function takeClaim(keyFile: string, keys: string): Claim {
  const version = createHash('sha256').update(keys).digest('hex').slice(0, 16)
  const pathAt = (number: number) => `${keyFile}.${version}.${number}`
  const ours = `${formatOwner(thisThread())} ${randomUUID()}`
  // While the keys are there, those of the dead keep others from beginning below a living one.
  const giveUp = (number: number) => {
    const first = textOf(keyFile) === keys ? number : 0
    for (let each = first; each <= number; each++) rmSync(pathAt(each), { force: true })
  }
  for (let number = 0; ; number++) {
    const path = pathAt(number)
    writeKeyFile(path, ours)
    const text = textOf(path).trim()
    if (text === ours) return { path, giveUp: () => giveUp(number) }
    const owner = parseOwner(text.split(' ')[0] ?? '')
    if (!owner || livenessOf(owner) !== 'dead') return { path }
  }
}

/** Empty where the file is gone meanwhile, or cannot be read. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
