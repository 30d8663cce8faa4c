CREATE TABLE `github_apps` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`app_id` text NOT NULL,
	`slug` text NOT NULL,
	`name` text NOT NULL,
	`owner_login` text NOT NULL,
	`owner_type` text NOT NULL,
	`html_url` text NOT NULL,
	`client_id` text NOT NULL,
	`client_secret_sealed` text NOT NULL,
	`private_key_sealed` text NOT NULL,
	`webhook_secret_sealed` text NOT NULL,
	`previous_webhook_secret_sealed` text,
	`previous_secret_until` integer,
	`permissions` text NOT NULL,
	`events` text NOT NULL,
	`checked_at` integer,
	`trouble` text,
	`hook_trouble` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`removed_at` integer,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `github_apps_in_use` ON `github_apps` (`organization_id`) WHERE removed_at is null;--> statement-breakpoint
CREATE TABLE `github_installations` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`github_app_id` text NOT NULL,
	`external_id` text NOT NULL,
	`account_login` text NOT NULL,
	`account_id` text NOT NULL,
	`account_type` text NOT NULL,
	`selection` text NOT NULL,
	`permissions` text NOT NULL,
	`events` text NOT NULL,
	`html_url` text NOT NULL,
	`suspended_at` integer,
	`removed_at` integer,
	`forge_updated_at` integer,
	`synced_at` integer,
	`sync_trouble` text,
	`sync_at` integer NOT NULL,
	`sync_attempts` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`github_app_id`) REFERENCES `github_apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `github_installations_external` ON `github_installations` (`github_app_id`,`external_id`);--> statement-breakpoint
CREATE INDEX `github_installations_due` ON `github_installations` (`sync_at`);--> statement-breakpoint
ALTER TABLE `repositories` ADD `state_reason` text;--> statement-breakpoint
ALTER TABLE `repositories` ADD `forge_updated_at` integer;