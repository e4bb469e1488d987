export { checkPolicy } from './policy/check-policy.ts'
export type { PolicyOutcome } from './policy/outcome.ts'
export { OUTCOME_SCHEMA } from './policy/outcome-schema.ts'
export { type PlaceOfProblem, type Policy, parsePolicy } from './policy/policy.ts'
export {
  API_VERSION,
  CAPTURED,
  CAPTURES,
  type Capture,
  LEVELS,
  MATCHED,
  OMITTABLE_STAGES,
  POLICY_KIND,
  type PolicyDocument,
  type PolicyRule
} from './policy/policy-document.ts'
export { factsOf, factsOfRecord, type PolicyFacts } from './policy/policy-facts.ts'
export { formatPath, type PolicyPath, type PolicyProblem } from './policy/problems.ts'
export type { RuleExplanation } from './policy/ready-rule.ts'
export { type RedactedValue, redactText, redactValue } from './protect/redact-text.ts'
export type { Redaction, RedactStep } from './protect/redactor.ts'
export {
  commitmentsIn,
  mayBeRedacted,
  type Redacting,
  redactionOf
} from './read/redact-record.ts'
export type {
  RetentionClass,
  RetentionPolicy,
  RetentionPreset
} from './retention/retention-policy.ts'
export { RETENTION_PRESETS } from './retention/retention-presets.ts'
export {
  checkRedaction,
  noRedactionOfEncrypted,
  redactionSteps
} from './upkeep/redacting.ts'
