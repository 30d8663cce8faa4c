CREATE TABLE `gitlab_instances` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`url` text NOT NULL,
	`client_id` text NOT NULL,
	`client_secret_sealed` text NOT NULL,
	`state` text NOT NULL,
	`user_id` text,
	`username` text,
	`access_token_sealed` text,
	`refresh_token_sealed` text,
	`scopes` text,
	`expires_at` integer,
	`refreshing_since` integer,
	`version` text,
	`is_tls_unchecked` integer DEFAULT false NOT NULL,
	`is_private_confirmed` integer DEFAULT false NOT NULL,
	`trouble` text,
	`checked_at` integer,
	`synced_at` integer,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `gitlab_instances_url` ON `gitlab_instances` (`organization_id`,`url`);