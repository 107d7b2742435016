import uuid

import django.core.validators
import django.db.models.deletion
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

import library.models.podcast
import library.models.podcast_show
from library.groups import PERMISSIONS, make_groups


def make(apps, schema_editor):
    # Django makes permissions only after all migrations; the groups need them now.
    from django.apps import apps as real_apps

    create_permissions(
        real_apps.get_app_config("library"), verbosity=0, apps=apps, using=schema_editor.connection.alias
    )
    make_groups(apps.get_model("auth", "Group"), apps.get_model("auth", "Permission"))


def remove(apps, schema_editor):
    # The groups themselves are those of conditions.
    of_app = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="library")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=PERMISSIONS):
        group.permissions.remove(*of_app)


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0001_initial"),
        ("conditions", "0002_groups"),
    ]

    operations = [
        migrations.CreateModel(
            name='Episode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(help_text='Without the number and the name of the show.', max_length=120)),
                ('slug', models.SlugField(error_messages={'unique': 'Another episode has this address.'}, help_text="The last part of the page's address, such as sleeping-with-back-pain. It cannot be changed once the episode is out.", max_length=80, unique=True, validators=[django.core.validators.RegexValidator('^(?!(?:feed|preview)\\Z)[a-z0-9]+(-[a-z0-9]+)*\\Z', 'Use small letters, digits and single hyphens, such as sleeping-with-back-pain (and not the words feed or preview, which are other addresses here).')], verbose_name='address')),
                ('summary', models.CharField(help_text='One or two plain sentences: what is talked about. Shown in lists and apps.', max_length=250)),
                ('notes', models.TextField(blank=True, help_text='Links and more to read.', verbose_name='show notes')),
                ('audio', models.FileField(blank=True, help_text='MP3 or M4A, up to 300 MB. Its size and length are read from it.', max_length=255, upload_to=library.models.podcast.audio_name, verbose_name='audio file')),
                ('audio_url', models.URLField(blank=True, help_text='Where the file lies, if another host has it. This site does not fetch it: fill in the three fields below too.', max_length=300, validators=[django.core.validators.RegexValidator('^https://[a-z0-9-]+(\\.[a-z0-9-]+)+(:[0-9]+)?/[!-~]+\\Z', 'Give the https address of the audio file itself, such as https://audio.example.org/episode.mp3.')], verbose_name='or its address')),
                ('audio_type', models.CharField(blank=True, choices=[('audio/mpeg', 'MP3'), ('audio/x-m4a', 'M4A')], max_length=12, verbose_name='kind of audio')),
                ('length', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='size in bytes')),
                ('seconds', models.PositiveIntegerField(blank=True, null=True, verbose_name='length')),
                ('transcript', models.TextField(blank=True, help_text='Every word, as WebVTT: the word WEBVTT, then for each piece an empty line, two times, and below them the words, such as “&lt;v Ann&gt;Hello.” An episode cannot be published without it.')),
                ('picture', models.FileField(blank=True, help_text="A square JPEG, PNG or WebP picture, 1,400 pixels a side or more, up to 10 MB. What a camera wrote into it, such as the place, is left out. Without one, the show's is used.", upload_to='podcast/')),
                ('kind', models.CharField(choices=[('full', 'Episode'), ('trailer', 'Trailer'), ('bonus', 'Bonus')], default='full', max_length=7)),
                ('season', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('number', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('explicit', models.BooleanField(default=False, verbose_name='has strong language')),
                ('publish_at', models.DateTimeField(blank=True, help_text='From then on everybody can hear it. Empty: it is a draft.', null=True, verbose_name='publish at (London time)')),
                ('guid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('sample', models.BooleanField(default=False, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'ordering': ['-publish_at', '-pk'],
                'permissions': [('publish_episode', 'Can publish episodes of the podcast and take them back')],
                'constraints': [models.CheckConstraint(condition=models.Q(('audio', ''), ('audio_url', ''), _connector='OR'), name='episode_has_one_audio', violation_error_message='Give an audio file or its address, not both.'), models.CheckConstraint(condition=models.Q(('publish_at', None), models.Q(models.Q(models.Q(('audio', ''), _negated=True), models.Q(('audio_url', ''), _negated=True), _connector='OR'), models.Q(('audio_type', ''), _negated=True), ('length__gt', 0), ('length__isnull', False), ('seconds__gt', 0), ('seconds__isnull', False)), _connector='OR'), name='published_episode_has_audio', violation_error_message='An episode cannot be published without audio, its size and length.'), models.CheckConstraint(condition=models.Q(('publish_at', None), models.Q(('transcript', ''), _negated=True), _connector='OR'), name='published_episode_has_transcript', violation_error_message='An episode cannot be published without a transcript.'), models.UniqueConstraint(condition=models.Q(('kind', 'full')), fields=('season', 'number'), name='episode_number_once_a_season', violation_error_message='Another episode of this season has this number.'), models.UniqueConstraint(condition=models.Q(('kind', 'full'), ('season', None)), fields=('number',), name='episode_number_once_without_season', violation_error_message='Another episode has this number.')],
            },
        ),
        migrations.CreateModel(
            name='Show',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(default='The Physiotherapy Podcast', max_length=120)),
                ('description', models.TextField(default='Plain talk about pain in muscles, joints and nerves: what may be wrong, what helps, and how to find a physiotherapist.', help_text='Two or three plain sentences, up to 1,300 letters. Podcast apps show them.', max_length=1300)),
                ('author', models.CharField(default='The Physiotherapy Site', max_length=120)),
                ('language', models.CharField(default='en-gb', max_length=6, validators=[django.core.validators.RegexValidator('^[a-z]{2}(-[a-z]{2})?\\Z', 'Two small letters, or such as en-gb.')])),
                ('subcategory', models.CharField(choices=[('Alternative Health', 'Alternative health'), ('Fitness', 'Fitness'), ('Medicine', 'Medicine'), ('Mental Health', 'Mental health'), ('Nutrition', 'Nutrition'), ('Sexuality', 'Sexuality')], default='Medicine', help_text='In Health & Fitness.', max_length=20, verbose_name='category')),
                ('explicit', models.BooleanField(default=False, verbose_name='has strong language')),
                ('cover', models.FileField(blank=True, help_text="A square JPEG, PNG or WebP picture, 1,400 pixels a side or more, up to 10 MB. What a camera wrote into it, such as the place, is left out. Without one, the site's own is shown.", upload_to='podcast/')),
                ('owner_email', models.EmailField(blank=True, help_text='Anybody can read it in the feed. Podcast directories send a code there when you hand the podcast in; it can be left empty at other times.', max_length=254, verbose_name="owner's e-mail address")),
                ('locked', models.BooleanField(default=True, help_text='Asks other podcast hosts not to copy this podcast to themselves.')),
                ('guid', models.UUIDField(default=library.models.podcast_show.own_guid, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'verbose_name_plural': 'show',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_podcast_show', violation_error_message='There is one show. Change that one.')],
            },
        ),
        migrations.CreateModel(
            name='Chapter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.PositiveIntegerField(verbose_name='begins at')),
                ('title', models.CharField(max_length=100)),
                ('url', models.URLField(blank=True, max_length=300, verbose_name='page about it')),
                ('episode', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chapters', to='library.episode')),
            ],
            options={
                'ordering': ['start'],
                'constraints': [models.UniqueConstraint(fields=('episode', 'start'), name='one_chapter_at_a_time', violation_error_message='Another chapter begins at this time.')],
            },
        ),
        migrations.CreateModel(
            name='EpisodePerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=1, verbose_name='order')),
                ('name', models.CharField(max_length=120)),
                ('role', models.CharField(choices=[('host', 'Host'), ('co-host', 'Co-host'), ('guest host', 'Guest host'), ('guest', 'Guest'), ('narrator', 'Narrator'), ('reporter', 'Reporter'), ('producer', 'Producer'), ('writer', 'Writer'), ('researcher', 'Researcher'), ('fact checker', 'Fact checker'), ('transcriber', 'Transcriber'), ('audio engineer', 'Audio engineer'), ('audio editor', 'Audio editor')], default='host', max_length=20)),
                ('url', models.URLField(blank=True, max_length=300, verbose_name='their page')),
                ('episode', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='library.episode')),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'people',
                'ordering': ['position', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('episode', 'name', 'role'), name='episode_person_once_a_role', violation_error_message='This person has this role already.')],
            },
        ),
        migrations.RunPython(make, remove),
    ]
