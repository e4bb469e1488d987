import { newUuid } from '../base/uuid.ts'
import type { Policy } from '../policy/policy.ts'
import type { ContentLimits } from '../record/contents.ts'
import { SCHEMA } from '../record/fields/record-fields.ts'
import { sdk } from '../record/sdk.ts'
import type { LogFacts } from '../recording/frame-facts.ts'
import type { FrameWriting } from '../recording/frame-writer.ts'
import type { Platform } from '../runtime/platform.ts'
import type { AuditLogOptions, Settings } from './options.ts'

/** What a log's frames are made with, beside who hears of them. */
export function writingOf(
  options: AuditLogOptions,
  { maxContentLength: maxLength, media, policy }: Settings,
  platform: Platform
): Pick<FrameWriting, 'limits' | 'log' | 'defer'> {
  const limits: ContentLimits = { maxLength, media, sha256: platform.sha256 }
  return {
    limits,
    log: logFactsOf(options, platform, limits, policy),
    defer: (run, delayMs) => platform.defer(run, delayMs)
  }
}

/** What all frames of a log say. */
function logFactsOf(
  { service, version, environment, phase }: AuditLogOptions,
  platform: Platform,
  { maxLength, media }: ContentLimits,
  policy: Policy | undefined
): LogFacts {
  const named = {
    ...(service !== undefined && { name: service }),
    ...(version !== undefined && { version }),
    ...(environment !== undefined && { environment }),
    ...(phase !== undefined && { phase })
  }
  const host = {
    ...(platform.hostName !== undefined && { name: platform.hostName }),
    ...(platform.pid !== undefined && { pid: platform.pid }),
    ...(platform.runtime !== undefined && { runtime: platform.runtime }),
    ...(platform.platform !== undefined && { platform: platform.platform }),
    instance: newUuid()
  }
  const isNamed = Object.keys(named).length > 0
  return {
    maxLength,
    media,
    members: { schema: SCHEMA, sdk, host, ...(isNamed && { service: named }) },
    ...(policy && { policy: policy.document })
  }
}
