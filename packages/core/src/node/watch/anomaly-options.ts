import { refuseUnknown } from '../../base/check-options.ts'
import { AuditError, messageOf } from '../../base/error.ts'
import { isObject } from '../../base/json.ts'
import { readWebAddress } from '../../base/web-address.ts'
import { type Anomaly, DETECTOR_NAMES, type Detector } from '../../read/anomalies/anomaly.ts'

/** What is to be looked for, and who hears of it. */
export interface AnomalyOptions {
  /** Which detectors; all of them unless given. */
  readonly detectors?: readonly Detector[]
  /** Hears of each anomaly once its record is stored, within seconds. What it throws is reported. */
  readonly onAnomaly?: (anomaly: Anomaly) => void
  /** An address that each anomaly is posted to as JSON. */
  readonly webhook?: string | URL
}

const OPTIONS = ['detectors', 'onAnomaly', 'webhook']
const WEBHOOK_MS = 10_000

/** The options, or those of `true`. Throws AuditError `bad_option`. */
export function checkAnomalies(given: boolean | AnomalyOptions): AnomalyOptions | undefined {
  if (given === false) return undefined
  if (given === true) return {}
  if (!isObject(given)) {
    throw new AuditError(
      'bad_option',
      'anomalies must be true, or { detectors, onAnomaly, webhook }'
    )
  }
  const options = given as AnomalyOptions
  refuseUnknown('anomalies', options, OPTIONS)
  const { detectors = [], onAnomaly, webhook } = options
  if (onAnomaly !== undefined && typeof onAnomaly !== 'function') {
    throw new AuditError('bad_option', 'anomalies.onAnomaly must be a function')
  }
  if (webhook !== undefined) readWebAddress('anomalies.webhook', webhook)
  const names = DETECTOR_NAMES.join(', ')
  if (!Array.isArray(detectors)) {
    throw new AuditError('bad_option', `anomalies.detectors must be a list of names: ${names}`)
  }
  for (const each of detectors) {
    if (DETECTOR_NAMES.includes(each)) continue
    const message = `anomalies.detectors: there is no ${String(each)}; there are ${names}`
    throw new AuditError('bad_option', message)
  }
  return options
}

/** Tells whoever is to hear of an anomaly. Never throws: what fails is reported. */
export function tellAnomaly(
  { onAnomaly, webhook }: AnomalyOptions,
  anomaly: Anomaly,
  report: (problem: AuditError) => void
): void {
  try {
    onAnomaly?.(anomaly)
  } catch (cause) {
    report(new AuditError('observer_failed', `onAnomaly threw: ${messageOf(cause)}`, { cause }))
  }
  if (webhook !== undefined) void post(webhook, anomaly, report)
}

async function post(
  webhook: string | URL,
  anomaly: Anomaly,
  report: (problem: AuditError) => void
): Promise<void> {
  try {
    const answer = await fetch(webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(anomaly),
      signal: AbortSignal.timeout(WEBHOOK_MS)
    })
    await answer.body?.cancel()
    if (!answer.ok) throw new Error(`it answered ${answer.status}`)
  } catch (cause) {
    const message = `the webhook did not take an anomaly (${messageOf(cause)}); its record is in the log`
    report(new AuditError('export_failed', message, { cause }))
  }
}
