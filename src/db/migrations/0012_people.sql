CREATE TABLE `entry_rules` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`provider` text NOT NULL,
	`instance` text NOT NULL,
	`external_id` text NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `entry_rules_external` ON `entry_rules` (`organization_id`,`provider`,`instance`,`external_id`);--> statement-breakpoint
CREATE TABLE `identities` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`user_id` text NOT NULL,
	`provider` text NOT NULL,
	`instance` text NOT NULL,
	`external_id` text NOT NULL,
	`login` text NOT NULL,
	`email` text,
	`created_at` integer NOT NULL,
	`last_signed_in_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `identities_external` ON `identities` (`organization_id`,`provider`,`instance`,`external_id`);--> statement-breakpoint
CREATE INDEX `identities_user` ON `identities` (`user_id`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`name` text NOT NULL,
	`email` text,
	`role` text NOT NULL,
	`invited_role` text,
	`is_role_fixed` integer DEFAULT false NOT NULL,
	`state` text NOT NULL,
	`invited_by` text,
	`invitation_ends_at` integer,
	`last_signed_in_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`removed_at` integer,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_invited_email` ON `users` (`organization_id`,`email`) WHERE removed_at is null and invitation_ends_at is not null;--> statement-breakpoint
CREATE INDEX `users_email` ON `users` (`organization_id`,`email`);--> statement-breakpoint
CREATE INDEX `users_name` ON `users` (`organization_id`,`name`,`id`);--> statement-breakpoint
ALTER TABLE `sessions` ADD `user_id` text;--> statement-breakpoint
CREATE INDEX `sessions_user` ON `sessions` (`user_id`);