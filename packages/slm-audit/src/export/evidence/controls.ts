import { counted } from '../../render/figures.ts'
import type { EvidenceFacts } from './gather.ts'

/** A rule or standard's demand, and what of the log shows that it is met. */
export interface Control {
  /** Where it stands: a law and its article, a standard and its clause. */
  readonly control: string
  /** What it asks for, in a few words of ours. */
  readonly asks: string
  /** What slm-audit does about it. */
  readonly feature: string
  /** The fields or records that show it. */
  readonly shownBy: string
  /** The command that shows it, as it is run in the folder of a pack, with SLM_AUDIT_FILE as the log. */
  readonly command: string
  /** Where prEN 18229-1 and ISO/IEC DIS 24970 speak of the same, as far as is public; absent where they do not. */
  readonly standards?: string
  /** What the log has of it, in words, for the period. */
  readonly found: (facts: EvidenceFacts) => string
}

/** The controls that a log can give evidence for. Texts of laws and standards are not repeated here. */
export const CONTROLS: readonly Control[] = [
  {
    control: 'AI Act, Art. 12(1), 12(2)',
    asks: 'events are recorded automatically over the lifetime of the system',
    feature: 'each call through a wrapped client is recorded when it begins and when it ends',
    shownBy: 'kind, stage, at, call, response, service.version',
    command: 'slm-audit stats --by version',
    standards: 'prEN 18229-1 (logging); ISO/IEC DIS 24970, triggers and information',
    found: ({ calls, versions }) =>
      `${counted(calls, 'call')} of ${counted(versions.length, 'version')}`
  },
  {
    control: 'AI Act, Art. 19(1), 26(6)',
    asks: 'logs are kept for six months at least, unless other law says otherwise',
    feature: 'classes of retention with floors and ceilings; holds; what goes says so',
    shownBy:
      'at of the first record, policy.retention, contents.expired, records.pruned, hold.added',
    command: 'slm-audit list "kind:contents.expired OR kind:records.pruned OR kind:hold.added"',
    standards: 'ISO/IEC DIS 24970, storage and access',
    found: ({ firstAt, lastAt }) => `records from ${dayOf(firstAt)} to ${dayOf(lastAt)}`
  },
  {
    control: 'AI Act, Art. 14, 26(2)',
    asks: 'people oversee the system',
    feature: 'reviews before a call leaves; annotations by people',
    shownBy: 'records of reviews, kind annotation',
    command: 'slm-audit list kind:annotation',
    standards: 'prEN 18229-1 (human oversight)',
    found: ({ annotations, reviews }) =>
      `${counted(annotations, 'annotation')}, ${counted(reviews, 'record')} of reviews`
  },
  {
    control: 'AI Act, Art. 72',
    asks: 'performance is watched after the system is on the market',
    feature: 'figures by model, version and time',
    shownBy: 'timing, usage, outcome, confidence',
    command: 'slm-audit stats --every 1d',
    found: ({ errors, calls }) => `${counted(errors, 'error')} in ${counted(calls, 'call')}`
  },
  {
    control: 'AI Act, Art. 73',
    asks: 'serious incidents are reported, and their evidence is kept',
    feature: 'incidents link calls, hold them and bundle them with proofs',
    shownBy: 'annotations of incidents, hold.added, hold.released',
    command: 'slm-audit hold list',
    found: ({ holds }) => `${counted(holds.length, 'record')} of holds`
  },
  {
    control: 'GDPR, Art. 17, 5(1)(e)',
    asks: 'personal data is erased when it must be, and kept no longer than needed',
    feature: 'contents and their salts are erased; headers and proofs stay',
    shownBy: 'contents.erased, with scope, count, reason and who',
    command: 'slm-audit list kind:contents.erased',
    found: ({ erasures }) => `${counted(erasures.length, 'record')} of erasures, expiry and pruning`
  },
  {
    control: 'GDPR, Art. 25, 32',
    asks: 'data protection by design; security of processing',
    feature: 'policies and detectors before the disk; encryption at rest; masked readers',
    shownBy: 'policy, altered, access',
    command: 'slm-audit list kind:access',
    found: ({ policies, altered }) =>
      `${policiesOf(policies)}, ${counted(altered, 'record')} with something taken out or left out`
  },
  {
    control: 'SOC 2, CC7.2, CC7.3',
    asks: 'anomalies are watched for and evaluated',
    feature: 'figures, anomalies, doctor, exporters to other systems',
    shownBy: 'outcome, gap, anomaly records',
    command: 'slm-audit doctor',
    found: ({ gaps }) => counted(gaps.length, 'gap')
  },
  {
    control: 'SOC 2, CC8.1',
    asks: 'changes are authorised and documented',
    feature: 'each record names the policy that decided, by digest',
    shownBy: 'policy.digest, policy.rule, policy.set, policy.changed, key.added',
    command: 'slm-audit list "kind:policy.set OR kind:policy.changed OR kind:key.added"',
    found: ({ policies, keys }) =>
      `${policiesOf(policies)}, ${counted(keys.length, 'record')} of keys`
  },
  {
    control: 'HIPAA, 164.312(b), (c)(1)',
    asks: 'activity is recorded and can be examined; integrity is protected',
    feature: 'records of calls and accesses; a Merkle tree with signed checkpoints',
    shownBy: 'kind access, checkpoints',
    command: 'slm-audit verify',
    found: ({ accesses, checkpoints }) =>
      `${accessesOf(accesses)}, ${counted(checkpoints, 'checkpoint')}`
  },
  {
    control: 'PCI DSS 4, 10.2',
    asks: 'user, type, time, outcome and origin of events; access to the log; start and stop of logging',
    feature: 'headers have them; readAudit records accesses; gaps and unsigned ends are records',
    shownBy: 'context.user, kind, at, outcome, service, access, gap',
    command: 'slm-audit list kind:access',
    found: ({ accesses, readsAudited }) =>
      readsAudited ? accessesOf(accesses) : 'accesses are not recorded: readAudit is not set'
  },
  {
    control: 'PCI DSS 4, 10.3, 10.5',
    asks: 'the log is protected from change, backed up elsewhere, and kept for twelve months',
    feature: 'any change is found; anchors keep checkpoints elsewhere; exporters copy records',
    shownBy: 'checkpoints, verdict',
    command: 'slm-audit verify --against checkpoint.txt',
    found: ({ verdict }) => `verdict ${verdict}`
  },
  {
    control: 'NIST SP 800-53r5, AU-3, AU-8',
    asks: 'what happened, when, where, by whom, with what outcome; time stamps',
    feature: 'headers; order is the index, and a clock that was set back is told',
    shownBy: 'kind, at, service, host, context, outcome, log.index',
    command: 'slm-audit export --format csv',
    found: ({ records }) => `${counted(records, 'record')} in order`
  },
  {
    control: 'NIST SP 800-53r5, AU-5',
    asks: 'failures of logging are told',
    feature: 'lost records are counted in the log; problems reach the application',
    shownBy: 'kind gap, log.recovered, log.unsigned',
    command: 'slm-audit list kind:gap',
    found: ({ gaps, lost }) => `${counted(gaps.length, 'gap')} with ${counted(lost, 'lost record')}`
  },
  {
    control: 'NIST SP 800-53r5, AU-9, AU-10',
    asks: 'audit information is protected cryptographically; actions cannot be denied',
    feature: 'signed checkpoints, keys with their history, witnesses',
    shownBy: 'key.added, checkpoints, cosignatures',
    command: 'slm-audit verify --against policy.txt',
    found: ({ keys, custody }) =>
      `${counted(keys.length, 'record')} of keys, held by ${custody ?? 'somebody who is not named'}`
  }
]

const dayOf = (at: string): string => at.slice(0, 10) || 'none'

function policiesOf(policies: readonly string[]): string {
  return policies.length === 1 ? '1 policy' : `${policies.length.toLocaleString('en')} policies`
}

function accessesOf(accesses: readonly unknown[]): string {
  return accesses.length === 1 ? '1 access' : `${accesses.length.toLocaleString('en')} accesses`
}

/** When the AI Act's duties for high-risk systems begin, as changed by Regulation (EU) 2026/1744. */
export const DATES =
  'Regulation (EU) 2026/1744: systems of Annex III from 2 December 2027, of Annex I from 2 August 2028.'
