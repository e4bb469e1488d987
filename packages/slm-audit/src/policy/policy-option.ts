/** What the option `policy` takes here beside a policy itself. */
export const POLICY_FROM_FILE = {
  type: 'PolicyDocument | string | true',
  says: 'a policy, the path of its file in YAML or JSON, or `true` for `slm-audit.policy.yaml` beside the journal; the file that `SLM_AUDIT_POLICY` names unless given. A file is read again when it changes'
} as const
