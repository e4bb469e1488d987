import { SCHEMA } from '../record/fields/record-fields.ts'
import { type Members, member, optionalMember } from '../record/header.ts'
import { sdk } from '../record/sdk.ts'
import type { Platform } from '../runtime/platform.ts'
import type { AuditLogOptions } from './options.ts'

/** What all records of a log share, serialised once. */
export function sharedMembers(options: AuditLogOptions, platform: Platform): Members {
  const { service, version, environment, phase } = options
  return {
    schema: member(SCHEMA),
    sdk: member(sdk),
    service: optionalMember({
      ...(service !== undefined && { name: service }),
      ...(version !== undefined && { version }),
      ...(environment !== undefined && { environment }),
      ...(phase !== undefined && { phase })
    }),
    host: member({
      ...(platform.hostName !== undefined && { name: platform.hostName }),
      ...(platform.pid !== undefined && { pid: platform.pid }),
      ...(platform.runtime !== undefined && { runtime: platform.runtime }),
      ...(platform.platform !== undefined && { platform: platform.platform }),
      instance: crypto.randomUUID()
    })
  }
}
