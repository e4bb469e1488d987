import { AuditError } from '../base/error.ts'
import type { AuditLog } from '../log/audit-log.ts'
import { installedVersion } from './installed-version.ts'

const reported = new Set<string>()
/** Versions of clients that do not tell them, looked up once a package and asking module. */
const installed = new Map<string, string | undefined>()

/** The installed version of a client, and the versions that its adapter is tested with. */
export interface ClientVersion {
  /** Name of the npm package. */
  readonly name: string
  /** As the client itself says it; a version that nobody knows is not reported. */
  readonly version?: string | undefined
  /**
   * For clients that do not say their version: `import.meta.url` of the module that asks. What Node
   * finds installed from there counts; in browsers and bundles nothing is known, nor reported.
   */
  readonly from?: string | undefined
  /** Beginnings of tested versions: majors such as `6`, before 1.0 also minors such as `0.5`. */
  readonly tested: readonly string[]
}

/**
 * Reports `client_untested` to the log, once a process and package, when the installed version of
 * a client begins like none of the tested ones. Its calls are recorded all the same. Never throws.
 */
export function reportUntested(log: AuditLog, client: ClientVersion): void {
  const { name, tested } = client
  if (reported.has(name)) return
  const version = client.version ?? lookUp(client)
  if (version === undefined || !/^v?\d/.test(version)) return
  const plain = version.replace(/^v/, '')
  if (tested.some((begin) => plain === begin || plain.startsWith(`${begin}.`))) return
  reported.add(name)
  log.report(
    new AuditError(
      'client_untested',
      `${name} ${plain} is not among the tested versions (${tested.join(', ')}); its calls are recorded, but check that a record is complete`
    )
  )
}

function lookUp({ name, from }: ClientVersion): string | undefined {
  if (from === undefined) return undefined
  const key = `${name} ${from}`
  if (!installed.has(key)) installed.set(key, installedVersion(name, from))
  return installed.get(key)
}
