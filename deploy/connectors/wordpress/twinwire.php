<?php
/**
 * Plugin Name: Twinwire
 * Description: Events and partnerships of cities, exchanged over the wire.
 * Version: 1.0
 * License: Apache-2.0
 *
 * Must-use plugin: put this file into wp-content/mu-plugins/. It registers the
 * two kinds of post and their fields, lets the REST API look a post up by the
 * wire's own key, and gives the fields a box in the editor. It calls nobody.
 */

defined('ABSPATH') || exit;

const TWINWIRE_VERSION = '1';
const TWINWIRE_KINDS = array('forum', 'congress', 'panel', 'round-table',
	'signing', 'delegation', 'festival', 'training', 'anniversary', 'call',
	'other');
const TWINWIRE_STATUSES = array('confirmed', 'tentative', 'postponed',
	'cancelled');
const TWINWIRE_ATTENDANCE = array('offline', 'online', 'mixed');

// Fields by kind of post. The label is shown in the editor; none: not shown.
function twinwire_fields($type)
{
	$event = array(
		'tw_start' => 'Start (2022-10-31T13:00:00, or 2022-10-31 if all day)',
		'tw_end' => 'End (in the same form)',
		'tw_tz' => 'Time zone (Europe/Volgograd)',
		'tw_place' => 'Place',
		'tw_city' => 'City (its Wikidata id: wd:Q914)',
		'tw_country' => 'Country (RU)',
		'tw_kind' => 'Kind',
		'tw_status' => 'Status',
		'tw_attendance' => 'Attendance',
		'tw_url' => '',
	);
	$partnership = array_fill_keys(array('tw_pair', 'tw_a', 'tw_b',
		'tw_status', 'tw_since', 'tw_kind', 'tw_confirmed'), '');

	if ($type === 'tw_event') {
		return $event;
	}
	return $type === 'tw_partnership' ? $partnership : array();
}

add_action('init', function () {
	$kinds = array(
		'tw_event' => array('Events', 'Event', 'dashicons-calendar-alt'),
		'tw_partnership' => array('Partnerships', 'Partnership',
			'dashicons-admin-links'),
	);

	foreach ($kinds as $type => $names) {
		register_post_type($type, array(
			'labels' => array('name' => $names[0],
				'singular_name' => $names[1]),
			'public' => true,
			'has_archive' => true,
			'show_in_rest' => true,
			'menu_icon' => $names[2],
			'supports' => array('title', 'editor', 'author',
				'thumbnail', 'custom-fields'),
			'map_meta_cap' => true,
		));
	}
	foreach (array('tw_event', 'tw_partnership', 'post') as $type) {
		$names = array_keys(twinwire_fields($type));
		foreach (array_merge($names, array('tw_marker')) as $name) {
			register_post_meta($type, $name, array(
				'type' => 'string',
				'single' => true,
				'default' => '',
				'show_in_rest' => true,
				'auth_callback' => function ($ok, $key, $post) {
					return current_user_can('edit_post', $post);
				},
			));
		}
		add_filter("rest_{$type}_query", 'twinwire_by_marker', 10, 2);
		add_filter("rest_pre_insert_$type", 'twinwire_begin', 10, 2);
		add_action("rest_after_insert_$type", 'twinwire_finish', 10, 3);
		add_filter("rest_{$type}_collection_params", 'twinwire_params');
	}
});

// A must-use plugin is not activated, so addresses are made at first sight.
add_action('wp_loaded', function () {
	if (get_option('twinwire_version') !== TWINWIRE_VERSION) {
		flush_rewrite_rules(false);
		update_option('twinwire_version', TWINWIRE_VERSION);
	}
});

function twinwire_params($params)
{
	$params['twinwire_marker'] = array(
		'description' => 'Only the post that carries this key of the wire.',
		'type' => 'string',
	);
	return $params;
}

function twinwire_by_marker($args, $request)
{
	if (isset($request['twinwire_marker'])) {
		$args['meta_query'][] = array(
			'key' => 'tw_marker',
			'value' => (string) $request['twinwire_marker'],
			'compare' => '=',
		);
	}
	return $args;
}

// Core writes a new post first and its fields afterwards. A listing in between
// would show a post of the wire without its marker, as if it were the site's
// own news. So such a post is begun as an auto-draft, which no listing shows and
// which core itself clears away, and gets its status once it has its fields.
function twinwire_begin($post, $request)
{
	if (empty($post->ID) && !empty($request['meta']['tw_marker'])) {
		$post->post_status = 'auto-draft';
	}
	return $post;
}

function twinwire_finish($post, $request, $is_new)
{
	if (!$is_new || $post->post_status !== 'auto-draft') {
		return;
	}
	wp_update_post(array('ID' => $post->ID,
		'post_status' => $request['status'] ?: 'draft'));
	// What is answered is this object.
	foreach (get_object_vars(get_post($post->ID)) as $name => $value) {
		$post->$name = $value;
	}
}

// Whoever may write posts may see that a colleague has withdrawn an event:
// otherwise a trashed or unpublished one would just be missing in the listing.
add_filter('map_meta_cap', function ($caps, $cap, $user, $args) {
	if ($cap === 'read_post' && isset($args[0])
			&& twinwire_fields(get_post_type($args[0]))) {
		return array('edit_posts');
	}
	return $caps;
}, 10, 4);

// What travels is plain text: paragraphs parted by an empty line.
function twinwire_plain($html)
{
	$html = preg_replace('#</(p|h[1-6]|ul|ol|div|blockquote|figure)>#i',
		"$0\n\n", preg_replace('#<br\b[^>]*>|</li>#i', "$0\n",
		strip_shortcodes($html)));
	$text = html_entity_decode(wp_strip_all_tags($html),
		ENT_QUOTES | ENT_HTML5, 'UTF-8');
	$text = preg_replace("/[ \t\r]*\n[ \t\r]*/", "\n", $text);
	return trim(preg_replace("/\n{3,}/", "\n\n", $text));
}

// Core shows the text as it was written only to those who may edit that very
// post, and leaves all others out of such a listing. The connector, an author,
// has to read what its colleagues announce, and to notice what they edit.
add_action('rest_api_init', function () {
	register_rest_field(array('tw_event', 'tw_partnership', 'post'),
		'twinwire', array(
			'get_callback' => function ($post) {
				if (!current_user_can('edit_posts')) {
					return null;
				}
				$post = get_post($post['id']);
				return array('title' => $post->post_title,
					'content' => $post->post_content,
					'plain_title' => twinwire_plain($post->post_title),
					'plain_content' => twinwire_plain($post->post_content));
			},
			'schema' => array('type' => array('object', 'null')),
		));
	// Its probe sees that the plugin is here.
	register_rest_field('user', 'twinwire', array(
		'get_callback' => function () {
			return TWINWIRE_VERSION;
		},
		'schema' => array('type' => 'string', 'context' => array('edit')),
	));
});

// ---- in the editor ------------------------------------------------------

add_action('add_meta_boxes_tw_event', function () {
	add_meta_box('twinwire', 'Twinwire', 'twinwire_box', 'tw_event', 'side');
});

function twinwire_box($post)
{
	$choices = array('tw_kind' => TWINWIRE_KINDS,
		'tw_status' => TWINWIRE_STATUSES,
		'tw_attendance' => TWINWIRE_ATTENDANCE);

	if (get_post_meta($post->ID, 'tw_marker', true) !== '') {
		echo '<p>This event came over the wire. Its title, text and fields '
			. 'are the announcer\'s: changes made here last until its next '
			. 'version.</p>';
		return;
	}
	wp_nonce_field('twinwire', 'twinwire_nonce');
	foreach (twinwire_fields('tw_event') as $name => $label) {
		$value = get_post_meta($post->ID, $name, true);
		if ($label === '') {
			continue;
		}
		printf('<p><label>%s<br>', esc_html($label));
		if (isset($choices[$name])) {
			printf('<select name="%s">', esc_attr($name));
			foreach ($choices[$name] as $choice) {
				printf('<option%s>%s</option>',
					selected($value, $choice, false), esc_html($choice));
			}
			echo '</select>';
		} else {
			printf('<input class="widefat" name="%s" value="%s">',
				esc_attr($name), esc_attr($value));
		}
		echo '</label></p>';
	}
}

add_action('save_post_tw_event', function ($id) {
	if (!isset($_POST['twinwire_nonce'])
			|| !wp_verify_nonce($_POST['twinwire_nonce'], 'twinwire')
			|| !current_user_can('edit_post', $id)) {
		return;
	}
	foreach (twinwire_fields('tw_event') as $name => $label) {
		if ($label !== '' && isset($_POST[$name])) {
			update_post_meta($id, $name,
				sanitize_text_field($_POST[$name]));
		}
	}
});
