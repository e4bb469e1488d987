import { AuditError } from '@slm-audit/core/reader'

/**
 * Loads a package that only some commands need and that is installed when it is wanted. Rejects with
 * AuditError `bad_option` that says what to install where it is missing.
 *
 * @param what What needs it, as the user typed it.
 */
export async function loadOptional<T>(
  what: string,
  names: string,
  load: () => Promise<T>
): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    const message = `${what} needs ${names}, which is not installed: npm install ${names}`
    throw new AuditError('bad_option', message, { cause })
  }
}
