import type { SlmAuditConfig } from './load-config.ts'

/** What a configuration says in the place of options: those and the environment come first. */
let configured: SlmAuditConfig = {}

/** Has commands follow a configuration from now on. */
export function follow(config: SlmAuditConfig): void {
  configured = config
}

/** The database of commands that are told none, where the environment or the configuration names one. */
export function usualFile(): string | undefined {
  return process.env.SLM_AUDIT_FILE || configured.file
}

/** The file of the key of an encrypted database, where the configuration names one. */
export function usualKeyFile(): string | undefined {
  return configured.keyFile
}

/** Whom the configuration has calls replayed on. */
export function usualReplay(): SlmAuditConfig['replay'] {
  return configured.replay
}

/** The prices of the configuration. */
export function usualPrices(): SlmAuditConfig['prices'] {
  return configured.prices
}
