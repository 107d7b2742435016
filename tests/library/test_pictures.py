"""Pictures that editors upload: what they are is seen from their content, and they are made anew."""

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from conditions import pictures
from conditions.models import Author, Page, Picture
from conditions.pictures import cleaned_picture
from tests.factories import make_page
from tests.markup import page_of

pytestmark = pytest.mark.django_db
ADD = "/admin/conditions/picture/add/"


def picture(kind="JPEG", size=(80, 60), **options):
    written = BytesIO()
    Image.new("RGB", size, "red").save(written, kind, **options)
    return written.getvalue()


def upload(client, content, name="photo.jpg", alternative="A red square."):
    file = SimpleUploadedFile(name, content, "image/jpeg")
    return client.post(ADD, {"file": file, "alternative": alternative})


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_becomes_webp_under_a_name_of_its_own(admin_client, kind):
    assert upload(admin_client, picture(kind), "../../My photo; rm -rf.php").status_code == 302
    held = Picture.objects.get()
    name = str(held.file.name)
    assert name.startswith("pictures/") and name.endswith(".webp")
    assert "photo" not in name
    with held.file.open() as file:
        assert Image.open(file).format == "WEBP"
    assert (held.width, held.height) == (80, 60)


def test_the_place_that_a_camera_wrote_is_gone_and_it_stands_upright(admin_client):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010E] = "Secret garden"
    assert upload(admin_client, picture(exif=exif, comment=b"Secret garden")).status_code == 302
    held = Picture.objects.get()
    with held.file.open() as file:
        content = file.read()
    assert b"Secret" not in content and not Image.open(BytesIO(content)).getexif()
    assert (held.width, held.height) == (60, 80)


def test_a_large_one_is_made_smaller(admin_client):
    upload(admin_client, picture(size=(4000, 1000)))
    held = Picture.objects.get()
    assert (held.width, held.height) == (1280, 320)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture at all",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        picture()[:200],
        picture("GIF"),
        picture("BMP"),
        b"%PDF-1.4",
        b"ID3" + bytes(200),
    ],
    ids=["empty", "text", "svg", "half", "gif", "bmp", "pdf", "audio"],
)
def test_anything_else_is_refused_with_what_to_do(admin_client, content):
    response = upload(admin_client, content)
    assert response.status_code == 200
    assert not Picture.objects.exists()
    page = page_of(response)
    assert page.all("ul", class_="errorlist")
    # What was typed is kept.
    assert page.one("input", name="alternative")["value"] == "A red square."


def test_an_image_bomb_is_refused_without_unfolding_it(admin_client):
    bomb = picture("PNG", size=(12_000, 12_000))
    assert len(bomb) < 1_000_000
    assert "too many pixels" in upload(admin_client, bomb).text


def test_too_many_bytes_are_refused(admin_client, monkeypatch):
    monkeypatch.setattr(pictures, "LARGEST_MB", 0.0001)
    assert "is larger than" in upload(admin_client, picture()).text


def test_a_program_cannot_put_another_kind_of_file_there(tmp_path):
    with pytest.raises(ValidationError):
        Picture(file=SimpleUploadedFile("x.webp", b"<svg/>"), alternative="X").save()
    assert str(cleaned_picture(BytesIO(picture())).name).endswith(".webp")


def test_it_stands_in_its_post_with_its_words_and_cannot_be_deleted(admin_client, client):
    upload(admin_client, picture())
    held = Picture.objects.get()
    author = Author.objects.create(name="Ann")
    make_page("post", kind=Page.Kind.POST, areas=(), picture=held, author=author)
    image = page_of(client.get("/blog/post/")).one("figure").one("img")
    assert (image["alt"], image["width"], image["height"]) == ("A red square.", "80", "60")
    served = client.get(image["src"])
    assert served.status_code == 200
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Type"] == "image/webp"
    assert b"WEBP" in b"".join(served)
    for row in (held, author):
        answer = admin_client.post(
            f"/admin/conditions/{row._meta.model_name}/{row.pk}/delete/", {"post": "yes"}
        )
        assert "Blog post: post" in answer.text
        row.refresh_from_db()
