CREATE TABLE `handshakes` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`purpose` text NOT NULL,
	`state_hash` text NOT NULL,
	`browser_hash` text,
	`verifier_sealed` text,
	`data` text NOT NULL,
	`arrived_at` integer,
	`outcome` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`ends_at` integer NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `handshakes_stateHash_unique` ON `handshakes` (`state_hash`);--> statement-breakpoint
CREATE INDEX `handshakes_ends` ON `handshakes` (`ends_at`);--> statement-breakpoint
DROP INDEX `repositories_full_name`;--> statement-breakpoint
ALTER TABLE `repositories` ADD `external_id` text;--> statement-breakpoint
ALTER TABLE `repositories` ADD `connection_id` text;--> statement-breakpoint
ALTER TABLE `repositories` ADD `hook_external_id` text;--> statement-breakpoint
ALTER TABLE `repositories` ADD `is_archived` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `repositories` ADD `previous_webhook_secret_sealed` text;--> statement-breakpoint
ALTER TABLE `repositories` ADD `previous_secret_until` integer;--> statement-breakpoint
ALTER TABLE `repositories` ADD `signing_token_sealed` text;--> statement-breakpoint
ALTER TABLE `repositories` ADD `hook_verified_at` integer;--> statement-breakpoint
ALTER TABLE `repositories` ADD `hook_failed_at` integer;--> statement-breakpoint
ALTER TABLE `repositories` ADD `hook_failure` text;--> statement-breakpoint
CREATE UNIQUE INDEX `repositories_external` ON `repositories` (`organization_id`,`provider`,case when instance is null then '' else instance end,`external_id`) WHERE removed_at is null and external_id is not null;--> statement-breakpoint
CREATE INDEX `repositories_connection` ON `repositories` (`connection_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `repositories_full_name` ON `repositories` (`organization_id`,`provider`,case when instance is null then '' else instance end,`full_name`) WHERE removed_at is null;--> statement-breakpoint
DROP INDEX `deliveries_same`;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `integration_id` text;--> statement-breakpoint
CREATE INDEX `deliveries_same` ON `deliveries` (`integration_id`,`delivery_id`);--> statement-breakpoint
UPDATE `deliveries` SET `integration_id` = `repository_id`;
