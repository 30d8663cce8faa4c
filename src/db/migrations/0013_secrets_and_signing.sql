CREATE TABLE `variable_groups` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`owner_id` text NOT NULL,
	`repository_id` text,
	`name` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `variable_groups_name` ON `variable_groups` (`owner_id`,`name`);--> statement-breakpoint
CREATE INDEX `variable_groups_organization` ON `variable_groups` (`organization_id`,`id`);--> statement-breakpoint
CREATE TABLE `variables` (
	`id` text PRIMARY KEY NOT NULL,
	`group_id` text NOT NULL,
	`name` text NOT NULL,
	`environment` text NOT NULL,
	`branch_pattern` text NOT NULL,
	`is_secret` integer NOT NULL,
	`is_protected` integer NOT NULL,
	`value_sealed` text NOT NULL,
	`mask_warning` text,
	`last_used_at` integer,
	`last_used_build_id` text,
	`updated_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`group_id`) REFERENCES `variable_groups`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `variables_name` ON `variables` (`group_id`,`name`,`environment`,`branch_pattern`);--> statement-breakpoint
CREATE TABLE `expiry_notices` (
	`subject_id` text NOT NULL,
	`expires_at` integer NOT NULL,
	`days` integer NOT NULL,
	`told_at` integer NOT NULL,
	PRIMARY KEY(`subject_id`, `expires_at`, `days`)
);
--> statement-breakpoint
CREATE TABLE `signing_credentials` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`identity` text NOT NULL,
	`described` text NOT NULL,
	`expires_at` integer,
	`file_sealed` text NOT NULL,
	`passwords_sealed` text NOT NULL,
	`apple_id` text,
	`app_store_key_id` text,
	`last_used_at` integer,
	`last_used_build_id` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `signing_credentials_name` ON `signing_credentials` (`organization_id`,`kind`,`name`);--> statement-breakpoint
CREATE UNIQUE INDEX `signing_credentials_identity` ON `signing_credentials` (`organization_id`,`kind`,`identity`);--> statement-breakpoint
CREATE INDEX `signing_credentials_expiry` ON `signing_credentials` (`organization_id`,`expires_at`);--> statement-breakpoint
CREATE TABLE `signing_device_links` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`name` text NOT NULL,
	`token_hash` text NOT NULL,
	`uses_left` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `signing_device_links_token` ON `signing_device_links` (`token_hash`);--> statement-breakpoint
CREATE INDEX `signing_device_links_organization` ON `signing_device_links` (`organization_id`,`id`);--> statement-breakpoint
CREATE TABLE `signing_devices` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`udid` text NOT NULL,
	`name` text NOT NULL,
	`product` text,
	`os_version` text,
	`apple_id` text,
	`app_store_key_id` text,
	`link_id` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `signing_devices_udid` ON `signing_devices` (`organization_id`,`udid`);