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
CREATE TABLE `signing_app_store_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`name` text NOT NULL,
	`last_used_at` integer,
	`last_used_build_id` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`key_id` text NOT NULL,
	`issuer_id` text NOT NULL,
	`key_sealed` text NOT NULL,
	`checked_at` integer,
	`trouble` text,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `signing_app_store_keys_name` ON `signing_app_store_keys` (`organization_id`,`name`);--> statement-breakpoint
CREATE UNIQUE INDEX `signing_app_store_keys_key` ON `signing_app_store_keys` (`organization_id`,`key_id`);--> statement-breakpoint
CREATE TABLE `signing_certificates` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`name` text NOT NULL,
	`last_used_at` integer,
	`last_used_build_id` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`sha1` text NOT NULL,
	`not_after` integer NOT NULL,
	`described` text NOT NULL,
	`p12_sealed` text NOT NULL,
	`password_sealed` text NOT NULL,
	`apple_id` text,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `signing_certificates_name` ON `signing_certificates` (`organization_id`,`name`);--> statement-breakpoint
CREATE UNIQUE INDEX `signing_certificates_sha1` ON `signing_certificates` (`organization_id`,`sha1`);--> statement-breakpoint
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
CREATE UNIQUE INDEX `signing_devices_udid` ON `signing_devices` (`organization_id`,`udid`);--> statement-breakpoint
CREATE TABLE `signing_keystores` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`name` text NOT NULL,
	`last_used_at` integer,
	`last_used_build_id` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`format` text NOT NULL,
	`alias` text NOT NULL,
	`sha256` text NOT NULL,
	`not_after` integer NOT NULL,
	`described` text NOT NULL,
	`file_sealed` text NOT NULL,
	`store_password_sealed` text NOT NULL,
	`key_password_sealed` text NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `signing_keystores_name` ON `signing_keystores` (`organization_id`,`name`);--> statement-breakpoint
CREATE TABLE `signing_profiles` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`name` text NOT NULL,
	`last_used_at` integer,
	`last_used_build_id` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`uuid` text NOT NULL,
	`bundle_id` text NOT NULL,
	`kind` text NOT NULL,
	`expires_at` integer NOT NULL,
	`described` text NOT NULL,
	`file_sealed` text NOT NULL,
	`apple_id` text,
	`app_store_key_id` text,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `signing_profiles_name` ON `signing_profiles` (`organization_id`,`name`);--> statement-breakpoint
CREATE UNIQUE INDEX `signing_profiles_uuid` ON `signing_profiles` (`organization_id`,`uuid`);--> statement-breakpoint
CREATE INDEX `signing_profiles_bundle` ON `signing_profiles` (`organization_id`,`bundle_id`);